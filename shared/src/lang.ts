/** Small language helpers that every package needs; nothing here knows the product. */

/** A value or an expected failure with its code. Bugs throw; expected failures are returned. */
export type Result<Value, Code extends string> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly code: Code }

export const ok = <Value>(value: Value): { readonly ok: true; readonly value: Value } => ({
  ok: true,
  value,
})

export const fail = <Code extends string>(code: Code): { readonly ok: false; readonly code: Code } => ({
  ok: false,
  code,
})

/** Ends a switch over a union; a new member that nobody handles fails to compile here. */
export function assertNever(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`)
}

/** States what must hold. A failure is a bug: it throws, and takes down one room or one link at most. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`)
}

/** A copy of `record` without `key`. */
export function without<Key extends string, Value>(
  record: Readonly<Record<Key, Value>>,
  key: Key,
): Readonly<Record<Key, Value>> {
  const { [key]: _removed, ...rest } = record
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a rest pattern forgets the key's type
  return rest as Readonly<Record<Key, Value>>
}

/** The entries of a record whose keys are branded, which `Object.entries` forgets. */
export function entriesOf<Key extends string, Value>(
  record: Readonly<Partial<Record<Key, Value>>>,
): readonly (readonly [Key, Value])[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place that remembers what Object.entries forgets
  return Object.entries(record) as unknown as readonly (readonly [Key, Value])[]
}
