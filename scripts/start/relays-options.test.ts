import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseRelaysOptions } from './relays-options.ts'
import { allStarted, keepStarted, workerOf } from './started.ts'

describe('parseRelaysOptions', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['three unless told otherwise', [], ['one', 'two', 'three']],
    ['as many as asked for', ['2'], ['one', 'two']],
    ['one, whose place needs no number', ['1'], ['this machine']],
    ['one for each name', ['--regions', 'Ho Chi Minh City, Singapore'], ['Ho Chi Minh City', 'Singapore']],
    ['the names where the number fits', ['2', '--regions=a,b'], ['a', 'b']],
  ])('is %s', (_what, words, regions) => {
    expect(parseRelaysOptions(words).regions).toEqual(regions)
  })

  it('takes the origin of any address of the worker', () => {
    expect(parseRelaysOptions(['--url', 'http://localhost:8787/relays']).url).toBe('http://localhost:8787')
    expect(parseRelaysOptions([]).url).toBeNull()
  })

  it.each([
    [['0'], 'npm run relays -- 0: expected a number from 1 to 8'],
    [['9'], 'npm run relays -- 9: expected a number from 1 to 8'],
    [['three'], 'npm run relays -- three: expected a number from 1 to 8'],
    [['3', '4'], '4: expected one number of relays'],
    [['3', '--regions', 'a,b'], '--regions names 2, but 3 relays were asked for'],
    [['--regions', 'a,a'], '--regions a,a: expected up to 8 different names between commas'],
    [['--regions', 'a,,b'], '--regions a,,b: expected up to 8 different names between commas'],
    [['--url', 'localhost'], '--url localhost: expected an address such as http://localhost:8787'],
    [
      ['--url', 'ws://localhost:1'],
      '--url ws://localhost:1: expected an address such as http://localhost:8787',
    ],
  ])('refuses %j by its name', (words, line) => {
    expect(() => parseRelaysOptions(words)).toThrow(line)
  })
})

describe('what a start leaves', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'video-room-starts-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  const started = { origin: 'http://localhost:8787', relayKey: 'the-key' }

  it('is for whoever started it alone, and gone when it ends', async () => {
    const forget = await keepStarted(started, directory)
    expect((await stat(join(directory, `${process.pid}.json`))).mode & 0o777).toBe(0o600)
    expect(await allStarted(directory)).toEqual([started])
    await forget()
    expect(await allStarted(directory)).toEqual([])
    expect(await allStarted(join(directory, 'never-made'))).toEqual([])
  })

  it('of a process that was killed, or half written, is not there', async () => {
    // No system numbers its processes as high (proc(5): at most 2^22).
    await writeFile(join(directory, '99999999.json'), JSON.stringify(started))
    await writeFile(join(directory, `${process.pid}.json`), '{"origin":"http://lo')
    expect(await allStarted(directory)).toEqual([])
  })
})

describe('which worker is meant', () => {
  const one = { origin: 'http://localhost:8787', relayKey: 'key-one' }
  const two = { origin: 'https://localhost:8788', relayKey: 'key-two' }
  const far = 'https://signal.example.com'

  it('is the one that is started here', () => {
    expect(workerOf(null, [one], undefined)).toEqual({ ...one, isOurs: true })
    expect(workerOf('https://127.0.0.1:8788', [one, two], 'other')).toEqual({ ...two, isOurs: true })
  })

  it('is elsewhere with its key', () => {
    expect(workerOf(far, [one], 'k')).toEqual({ origin: far, relayKey: 'k', isOurs: false })
  })

  it('is none where nothing is started, and none of several', () => {
    expect(() => workerOf(null, [], 'k')).toThrow('nothing is started here: run npm start first')
    expect(() => workerOf(null, [one, two], 'k')).toThrow('http://localhost:8787, https://localhost:8788')
    expect(() => workerOf(far, [one], undefined)).toThrow(`no key for ${far}`)
  })
})
