import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const run = (...words: readonly string[]) =>
  spawnSync(process.execPath, [fileURLToPath(new URL('creator-key.ts', import.meta.url)), ...words], {
    encoding: 'utf8',
    timeout: 20_000,
  })

it('C4 prints a new key each time, and the entry that knows it by its hash only', () => {
  const [one, two] = [run('--name', 'acme'), run()]
  const keyOf = (out: string): string => /^creator key {3}(vrk_[A-Za-z0-9_-]{43})$/m.exec(out)?.[1] ?? ''
  const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex')
  expect(keyOf(one.stdout)).not.toBe('')
  expect(keyOf(one.stdout)).not.toBe(keyOf(two.stdout))
  expect(one.stdout).toContain(`entry         acme:sha256:${hashOf(keyOf(one.stdout))}\n`)
  expect(two.stdout).toContain(`entry         sha256:${hashOf(keyOf(two.stdout))}\n`)
})

it.each([['--name', 'Acme Corporation'], ['--nmae', 'acme'], ['--name=a:b']])(
  'refuses %s %s by its name',
  (...words) => {
    const { status, stdout, stderr } = run(...words)
    expect(status).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/name|nmae/)
  },
)
