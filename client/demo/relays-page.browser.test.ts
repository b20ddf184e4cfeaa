/** The operator's page, over a worker that is played. */
import axe from 'axe-core'
import { relayIdSchema, type RelayId } from '@video-room/shared/ids.ts'
import type { RelayStanding } from '@video-room/shared/protocol/operator.ts'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RelaysPage } from './relays-page.ts'
import './relays.css'

const key = 'the-operator-key'
const relayId = (name: string): RelayId => v.parse(relayIdSchema, `r_${name.padEnd(16, '_')}`)

const standing = (name: string, more: Partial<RelayStanding> = {}): RelayStanding => ({
  relayId: relayId(name),
  region: name,
  isDraining: false,
  links: 12,
  rooms: 3,
  trunks: 2,
  capacity: 100,
  cpu: 0.314,
  heardAgoMs: 2_400,
  rttMs: {},
  ...more,
})

let place: HTMLElement
let page: RelaysPage
let relays: readonly RelayStanding[]
let asked: string[]
let questions: string[]
let isSure: boolean
/** Instead of the next answers, whatever is asked. */
let refusal: Response | null

async function answer(path: string, { method, headers }: RequestInit): Promise<Response> {
  asked.push(`${method} ${path}`)
  if (refusal !== null) return refusal.clone()
  if (new Headers(headers).get('Authorization') !== `Bearer ${key}`)
    return refused(401, 'operator_key_required')
  if (method === 'GET') return Response.json({ relays })
  relays = relays.map((relay) => (path.includes(relay.relayId) ? { ...relay, isDraining: true } : relay))
  return new Response(null, { status: 202 })
}

const refused = (status: number, code: string): Response => Response.json({ error: { code } }, { status })

beforeEach(() => {
  document.documentElement.lang = 'en'
  place = document.createElement('main')
  document.body.append(place)
  ;[asked, questions, isSure, refusal] = [[], [], true, null]
  relays = [
    standing('Singapore', { rttMs: { [relayId('Hanoi')]: 31.6 } }),
    standing('Hanoi', { rttMs: { [relayId('Singapore')]: null } }),
  ]
  page = new RelaysPage(place, {
    ask: answer,
    confirm: (question) => {
      questions.push(question)
      return isSure
    },
  })
  page.show()
})
afterEach(() => {
  page.stop()
  place.remove()
  vi.useRealTimers()
})

const one = (selector: string): HTMLElement => {
  const found = place.querySelector<HTMLElement>(selector)
  if (found === null) throw new Error(`no ${selector}`)
  return found
}
const field = (): HTMLInputElement => one('input') as HTMLInputElement
const rowsOf = (caption: string): readonly (readonly string[])[] => {
  const table = [...place.querySelectorAll('table')].find((each) => each.caption?.textContent === caption)
  return [...(table?.rows ?? [])].map((row) => [...row.cells].map((cell) => cell.textContent))
}
const trouble = (): string => one('[role="alert"]').textContent
const drainButton = (name: string) => one(`[data-relay="${relayId(name)}"]`)

async function enter(typed = key): Promise<void> {
  field().value = typed
  one('form button').click()
  await vi.waitFor(() => expect(one('form').hasAttribute('hidden') || trouble() !== '').toBe(true))
}

describe('the operator’s page', () => {
  it('OP2 shows what each relay does and how far they are apart', async () => {
    await enter()
    expect(rowsOf('Relays')).toEqual([
      ['Relay', 'State', 'Rooms', 'Trunks', 'Links', 'CPU', 'Heard', 'Order'],
      ['Singapore (r_Sing…)', 'serves', '3', '2', '12 of 100', '31 %', '2 s ago', 'Drain'],
      ['Hanoi (r_Hano…)', 'serves', '3', '2', '12 of 100', '31 %', '2 s ago', 'Drain'],
    ])
    expect(rowsOf('Round trips')).toEqual([
      ['From \\ to', 'Singapore (r_Sing…)', 'Hanoi (r_Hano…)'],
      ['Singapore (r_Sing…)', '', '32 ms'],
      ['Hanoi (r_Hano…)', 'no answer', ''],
    ])
    const { violations } = await axe.run(place)
    expect(violations.map(({ id }) => id)).toEqual([])
  })

  it('OP1 keeps the key in memory only: not in the field, the address, or any storage', async () => {
    await enter()
    expect(field().value).toBe('')
    expect(
      location.href + JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage }),
    ).not.toContain(key)
    expect(place.innerHTML).not.toContain(key)
  })

  it('OP1 a wrong key is said, and the next one may be typed', async () => {
    await enter('another')
    expect(trouble()).toContain('not one of the deployment’s operator keys')
    expect(document.activeElement).toBe(one('input'))
    const { violations } = await axe.run(place)
    expect(violations.map(({ id }) => id)).toEqual([])
    await enter()
    await vi.waitFor(() => expect(trouble()).toBe(''))
    expect(rowsOf('Relays')).toHaveLength(3)
  })

  it('a deployment without operator keys is said', async () => {
    refusal = refused(404, 'not_found')
    await enter()
    expect(trouble()).toContain('OPERATOR_KEYS')
  })

  it('asks anew 5 s after each answer', async () => {
    await enter()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await page.refresh()
    const before = asked.length
    vi.advanceTimersByTime(4_999)
    expect(asked).toHaveLength(before)
    vi.advanceTimersByTime(1)
    expect(asked).toHaveLength(before + 1)
    page.stop()
  })

  it('leaves the focus where it is, and what it showed when it hears nothing new', async () => {
    await enter()
    drainButton('Hanoi').focus()
    relays = [standing('Hanoi', { links: 99 })]
    await page.refresh()
    expect(rowsOf('Relays')[1]).toContain('99 of 100')
    expect(rowsOf('Round trips')).toEqual([])
    expect(document.activeElement).toBe(drainButton('Hanoi'))
    refusal = refused(500, 'internal')
    await page.refresh()
    expect(trouble()).toContain('internal')
    expect(rowsOf('Relays')).toHaveLength(2)
    refusal = null
    await page.refresh()
    expect(trouble()).toBe('')
  })

  it('OP3 drains a relay when whoever pressed the button is sure', async () => {
    await enter()
    isSure = false
    drainButton('Hanoi').click()
    expect(questions[0]).toContain('Drain Hanoi (r_Hano…)?')
    isSure = true
    drainButton('Hanoi').focus()
    drainButton('Hanoi').click()
    await vi.waitFor(() => expect(rowsOf('Relays')[2]).toContain('drains'))
    expect(asked.filter((each) => each.startsWith('POST'))).toEqual([
      `POST /relays/${relayId('Hanoi')}/drain`,
    ])
    expect(place.querySelector(`[data-relay="${relayId('Hanoi')}"]`)).toBeNull()
    expect(document.activeElement).toBe(one('[role="status"]'))
  })

  it('a region that is markup is text', async () => {
    relays = [standing('x', { region: '<img src=x onerror=alert(1)>' })]
    await enter()
    expect(place.querySelector('img')).toBeNull()
    expect(rowsOf('Relays')[1]?.[0]).toContain('<img')
  })
})
