/**
 * Decides: which inputs a parser is fed with, and when what it does with one is a finding.
 * Does not decide: what is parsed (fuzz-targets.ts), how many inputs there is time for (bench/fuzz.ts, fuzz.test.ts).
 * Invariants: the same seed makes the same inputs. An input is tried twice, with other bytes around it: who reads outside
 * of it says something else the second time.
 */

export interface FuzzTarget {
  readonly name: string
  /** Valid inputs, to be damaged. */
  readonly samples: readonly Uint8Array[]
  /**
   * Parses the first `length` bytes and answers a digest of all that they say; may change them, and only them. Throws when
   * what it reads contradicts itself.
   */
  readonly run: (bytes: Uint8Array, length: number) => number
}

export interface FuzzFinding {
  readonly input: Uint8Array
  readonly why: string
}

const lengthMax = 1_500
const guardBytes = 64

/** Numbers that lengths and counts like to be wrong with. */
const edges = [0, 1, 2, 3, 4, 7, 8, 14, 15, 16, 31, 32, 63, 64, 127, 128, 129, 191, 192, 223, 254, 255]

/** 32 bits of chance from a seed (mulberry32). */
export function makeRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

/** Folds numbers and text into one number. */
export class Digest {
  value = 0

  add(...numbers: readonly (number | boolean | null)[]): this {
    for (const number of numbers) this.value = (Math.imul(this.value, 31) + Number(number ?? -7)) | 0
    return this
  }

  addText(text: string | null): this {
    if (text === null) return this.add(null)
    for (let at = 0; at < text.length; at += 1) this.add(text.charCodeAt(at))
    return this.add(text.length)
  }

  addBytes(bytes: Uint8Array, offset: number, length: number): this {
    for (let at = offset; at < offset + length; at += 1) this.add(bytes[at] ?? -1)
    return this
  }
}

/** Makes inputs in its own space; an input is valid until the next one. */
export class FuzzInputs {
  readonly #random: () => number
  readonly #samples: readonly Uint8Array[]
  readonly #bytes = new Uint8Array(lengthMax)
  #length = 0

  constructor(samples: readonly Uint8Array[], seed: number) {
    this.#samples = samples
    this.#random = makeRandom(seed)
  }

  /** One in eight is all chance; the others are samples with one to eight things wrong. */
  next(): Uint8Array {
    if (this.#samples.length === 0 || this.#below(8) === 0) {
      this.#length = this.#below(this.#below(16) === 0 ? lengthMax : 80)
      for (let at = 0; at < this.#length; at += 1) this.#bytes[at] = this.#random()
    } else {
      this.#copySample(0)
      for (let damage = this.#below(8); damage >= 0; damage -= 1) this.#damage()
    }
    return this.#bytes.subarray(0, this.#length)
  }

  #below(limit: number): number {
    return this.#random() % limit
  }

  #copySample(offset: number): void {
    const sample = this.#samples[this.#below(this.#samples.length)] ?? this.#bytes.subarray(0, 0)
    const part = sample.subarray(0, lengthMax - offset)
    this.#bytes.set(part, offset)
    this.#length = offset + part.length
  }

  #damage(): void {
    const at = this.#below(Math.max(1, this.#length))
    switch (this.#below(8)) {
      case 0:
        this.#bytes[at] = (this.#bytes[at] ?? 0) ^ (1 << this.#below(8))
        break
      case 1:
        this.#bytes[at] = edges[this.#below(edges.length)] ?? 0
        break
      case 2:
        this.#bytes[at] = this.#random()
        break
      case 3:
        this.#length = at
        break
      case 4: {
        const more = Math.min(lengthMax - this.#length, this.#below(40))
        for (let index = 0; index < more; index += 1) this.#bytes[this.#length + index] = this.#random()
        this.#length += more
        break
      }
      case 5:
        // One after the other, or the second over the end of the first.
        this.#copySample(this.#below(2) === 0 ? this.#length : at)
        break
      case 6:
        this.#bytes.copyWithin(at, this.#below(Math.max(1, this.#length)), this.#length)
        break
      default:
        // A 16-bit length that is off by a little.
        this.#bytes[at] = 0
        this.#bytes[at + 1] = this.#below(64)
    }
  }
}

/** Tries one input; null: nothing is wrong. */
export function tryInput(target: FuzzTarget, input: Uint8Array): string | null {
  try {
    const first = runGuarded(target, input, 0x00)
    const second = runGuarded(target, input, 0xff)
    if (first === null || second === null) return 'wrote outside of the input'
    return first === second ? null : 'read outside of the input'
  } catch (error) {
    return `threw: ${String(error)}`
  }
}

const space = new Uint8Array(guardBytes + lengthMax + guardBytes)

/** The digest; null: a byte around the input was changed. */
function runGuarded(target: FuzzTarget, input: Uint8Array, guard: number): number | null {
  const end = guardBytes + input.length
  space.fill(guard, 0, guardBytes)
  space.set(input, guardBytes)
  space.fill(guard, end, end + guardBytes)
  const digest = target.run(space.subarray(guardBytes, end + guardBytes), input.length)
  for (let at = 0; at < guardBytes; at += 1) {
    if (space[at] !== guard || space[end + at] !== guard) return null
  }
  return digest
}

/** Tries the samples as they are and then `inputs` inputs; the first finding ends it. */
export function fuzz(target: FuzzTarget, inputs: number, seed: number): FuzzFinding | null {
  for (const sample of target.samples) {
    const why = tryInput(target, sample)
    if (why !== null) return { input: sample, why }
  }
  const made = new FuzzInputs(target.samples, seed)
  for (let count = 0; count < inputs; count += 1) {
    const input = made.next()
    const why = tryInput(target, input)
    if (why !== null) return { input: input.slice(), why }
  }
  return null
}
