import { afterEach, expect, it } from 'vitest'
import { startHealth, type HealthServer } from './health.ts'

let server: HealthServer | null = null
afterEach(() => server?.close())

async function start(isOk: boolean, metrics: () => Promise<string> = async () => 'a_metric 1\n') {
  const answers = { health: () => ({ isOk, body: { ok: isOk } }), metrics }
  server = await startHealth({ port: 0, address: '127.0.0.1' }, answers)
  const { port } = server
  return (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init)
}

it.each([
  [true, 200],
  [false, 503],
])('/health of a relay that is well: %s → %i', async (isOk, status) => {
  const get = await start(isOk)
  const response = await get('/health')
  expect(response.status).toBe(status)
  expect(await response.json()).toEqual({ ok: isOk })
})

it('/metrics is text of Prometheus’ format', async () => {
  const get = await start(true)
  const response = await get('/metrics?name=x')
  expect(response.headers.get('content-type')).toContain('version=0.0.4')
  expect(await response.text()).toBe('a_metric 1\n')
})

it('a media thread that gives no report is told as such', async () => {
  const get = await start(true, () => Promise.reject(new Error('gone')))
  expect((await get('/metrics')).status).toBe(503)
})

it('answers nothing else', async () => {
  const get = await start(true)
  expect((await get('/')).status).toBe(404)
  expect((await get('/health', { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(405)
})

it('says when its port is taken', async () => {
  await start(true)
  const taken = { port: server?.port ?? 0, address: '127.0.0.1' }
  const answers = { health: () => ({ isOk: true, body: {} }), metrics: async () => '' }
  await expect(startHealth(taken, answers)).rejects.toMatchObject({ code: 'EADDRINUSE' })
})
