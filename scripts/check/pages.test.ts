import { describe, expect, it } from 'vitest'
import { namedTests, quotedRules, relativeLinks, rulesOf } from './docs.ts'
import { lengthVerdict } from './length.ts'
import { secretFindings } from './secrets.ts'

describe('docs', () => {
  it('finds relative links, and neither web addresses, fragments nor code', () => {
    const text = [
      'See [a](../a.md#part), [b](b%20c.md "title"), ![p](img/p.png), [web](https://x.test/), [here](#x).',
      '`[c](c.md)`',
      '```',
      '[d](d.md)',
      '```',
    ].join('\n')
    expect(relativeLinks('docs/page.md', text)).toEqual(['a.md', 'docs/b c.md', 'docs/img/p.png'])
  })

  it('knows the rules of the protocol and those quoted in a test, but not requirements', () => {
    const rules = rulesOf('- **SK1** one\n- **SK2** two\n- **VR10** ten')
    expect([...rules]).toEqual(['SK1', 'SK2', 'VR10'])
    expect(quotedRules(`it('SK1 SK9 M2 VP8 VR10 works')`, rules)).toEqual(['SK1', 'SK9', 'VR10'])
  })
})

describe('the tests a threat model names', () => {
  it('are those of the table that ends in a column of tests, and a row without one is told', () => {
    const page = [
      '| asset | why |',
      '|---|---|',
      '| a `seat` | `it` |',
      '',
      '| attack | stop | test |',
      '|---|---|---|',
      '| guess | `64` bits | `E1 nothing` |',
      '| hope | luck | none |',
      '',
      'after `it`',
    ].join('\n')
    expect(namedTests(page)).toEqual(['E1 nothing', ''])
    expect(namedTests('no table')).toEqual([])
  })
})

describe('length', () => {
  const text = (lines: number): string => 'x\n'.repeat(lines)

  it.each([
    ['a.ts', 200, null, null],
    ['a.ts', 201, null, 'a.ts: 201 lines, the aim is 200'],
    ['a.ts', 401, 'a.ts: 401 lines, the stop is 400: divide it', null],
    ['a.test.ts', 600, null, null],
    ['a.test.ts', 601, 'a.test.ts: 601 lines, the stop is 600: divide it', null],
  ])('%s with %i lines', (file, lines, finding, note) => {
    expect(lengthVerdict(file, text(lines))).toEqual({ finding, note })
  })
})

describe('secrets', () => {
  it.each([
    ['-----BEGIN EC PRIVATE KEY-----'],
    ['const key = "AKIAABCDEFGHIJKLMNOP"'],
    [`token: ghp_${'a'.repeat(36)}`],
    [`Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0x.${'a'.repeat(43)}`],
    ['redis://default:hunter2@redis.test:6379'],
    ['see /home/somebody/project/file.ts'],
    [`const root = '${['', 'work', 'main', 'client'].join('/')}'`],
  ])('finds %s and does not repeat it', (line) => {
    const findings = secretFindings('a.ts', `first\n${line}\n`)
    expect(findings).toHaveLength(1)
    expect(findings[0]).toMatch(/^a\.ts:2: looks like [\w ]+$/i)
  })

  it.each([
    ['http://localhost:8787'],
    ['`https://${user}:${password}@turn.test`'],
    ['executablePath: "/usr/bin/chromium"'],
    ['a path such as node_modules/.bin/vitest'],
  ])('lets %s pass', (line) => expect(secretFindings('a.ts', line)).toEqual([]))

  it.each(['.env', 'deploy/.dev.vars', 'tls/server.key'])('refuses a file named %s', (file) => {
    expect(secretFindings(file, '')).toHaveLength(1)
  })
})
