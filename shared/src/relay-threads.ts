/**
 * Decides: which media thread of a relay an address belongs to, and how a relay says which one a room is on (RG8).
 * Does not decide: which one that is (the relay's control/thread-choice.ts).
 * Invariants: without a number it is thread 0, as of a relay with one alone; neither tickets nor SDP know the number.
 */
import * as v from 'valibot'
import { limits } from './limits.ts'
import { relayCandidateSchema, type RelayCandidate } from './ticket.ts'

export const relayThreadSchema = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(0),
  v.maxValue(limits.relayThreadsMax - 1),
)

export const threadCandidateSchema = v.object({
  ...relayCandidateSchema.entries,
  /** Which of the relay's media threads listens there. Absent: 0. */
  thread: v.optional(relayThreadSchema),
})
export type ThreadCandidate = Readonly<v.InferOutput<typeof threadCandidateSchema>>

/** Thread 0 is the one that is probed and that older rooms take: it has an address. A ticket holds those of any. */
export const threadCandidatesSchema = v.pipe(
  v.array(threadCandidateSchema),
  v.minLength(1),
  v.maxLength(limits.relayHelloCandidatesMax),
  v.check((candidates) => candidatesOfThread(candidates, 0).length > 0),
  v.check((candidates) => {
    const counts = new Map<number, number>()
    for (const { thread = 0 } of candidates) counts.set(thread, (counts.get(thread) ?? 0) + 1)
    return [...counts.values()].every((count) => count <= limits.relayCandidatesMax)
  }),
)

/** Where this thread is, in the words of a ticket; empty: the relay has no such thread. */
export const candidatesOfThread = (
  candidates: readonly ThreadCandidate[],
  thread: number,
): RelayCandidate[] =>
  candidates.flatMap(({ thread: own = 0, ...candidate }) => (own === thread ? [candidate] : []))

/** What the address of a relay's socket to a room ends with. */
export const threadQuery = (thread: number): string => (thread === 0 ? '' : `?thread=${thread}`)

const threadTextSchema = v.pipe(v.string(), v.regex(/^[0-9]{1,2}$/), v.transform(Number), relayThreadSchema)

/** `text`: the value of `thread` in that address, null where there is none. Null: it is no thread. */
export function threadOfText(text: string | null): number | null {
  if (text === null) return 0
  const thread = v.safeParse(threadTextSchema, text)
  return thread.success ? thread.output : null
}
