/**
 * Decides: whether two pieces of plain data, as JSON carries it, say the same.
 * Does not decide: anything about what they mean.
 * Invariants: what is one object is not looked into, and the first difference ends the look: cores ask this after every event, most
 * of which change nothing; a property that is absent and one that is undefined are the same, as they are in JSON.
 */
export function isSameData(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (!isObject(a) || !isObject(b)) return false
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && isSameList(a, b)
  for (const key of Object.keys(a)) if (!isSameData(a[key], ownOf(b, key))) return false
  for (const key of Object.keys(b)) if (b[key] !== undefined && !Object.hasOwn(a, key)) return false
  return true
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const ownOf = (record: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(record, key) ? record[key] : undefined

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at += 1) if (!isSameData(a[at], b[at])) return false
  return true
}
