import { describe, expect, it } from 'vitest'
import { fuzz, FuzzInputs, type FuzzTarget } from './testing/fuzz.ts'
import { fuzzTargets } from './testing/fuzz-targets.ts'

/** `npm run fuzz -w relay-sfu` tries a million. */
const inputs = 3_000
const seed = 20_261_127

describe.each(fuzzTargets)('$name', (target) => {
  it('any damaged sample: never throws, never reads or writes outside', () => {
    expect(fuzz(target, inputs, seed)).toBeNull()
  })

  it('the samples are valid: what refuses them would be fuzzed at its door only', () => {
    // 0: the digest of nothing.
    const digests = target.samples.map((sample) => target.run(sample.slice(), sample.length))
    expect(digests).not.toContain(0)
  })
})

describe('the fuzzer itself', () => {
  const sample = Uint8Array.of(1, 2, 3, 4)
  const find = (run: FuzzTarget['run']): string | undefined =>
    fuzz({ name: 'broken', samples: [sample], run }, 1_000, seed)?.why

  it('finds a throw', () => {
    const run: FuzzTarget['run'] = (bytes, length) => {
      if (length > 2 && bytes[1] === 0xff) throw new RangeError('outside')
      return 0
    }
    expect(find(run)).toBe('threw: RangeError: outside')
  })

  it('finds a read after the input', () => {
    expect(find((bytes, length) => bytes[length > 4 ? length : 0] ?? 0)).toBe('read outside of the input')
  })

  it('finds a write after the input', () => {
    const run: FuzzTarget['run'] = (bytes, length) => {
      bytes[length] = 7
      return 0
    }
    expect(find(run)).toBe('wrote outside of the input')
  })

  it('the same seed makes the same inputs, another seed others', () => {
    const some = (from: number): readonly string[] => {
      const made = new FuzzInputs([sample], from)
      return Array.from({ length: 50 }, () => made.next().join())
    }
    expect(some(1)).toEqual(some(1))
    expect(some(1)).not.toEqual(some(2))
  })
})
