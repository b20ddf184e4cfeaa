/**
 * Decides: whether a file is still short enough to be read in one go (design §4 rule 6).
 * Does not decide: whether it is well divided; that is for a reader.
 * Invariants: a test may be longer than product code, because a table of cases is read row by row.
 */
const aimLines = 200
const stopLines = { product: 400, test: 600 }

export interface LengthVerdict {
  readonly finding: string | null
  readonly note: string | null
}

export function lengthVerdict(file: string, text: string): LengthVerdict {
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  const isTest = file.endsWith('.test.ts')
  const stop = isTest ? stopLines.test : stopLines.product
  if (lines > stop) return { finding: `${file}: ${lines} lines, the stop is ${stop}: divide it`, note: null }
  if (lines > aimLines && !isTest)
    return { finding: null, note: `${file}: ${lines} lines, the aim is ${aimLines}` }
  return { finding: null, note: null }
}
