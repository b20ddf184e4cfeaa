/**
 * Decides: what the join benchmark says: a table for people, the same for programs.
 * Does not decide: how anything was measured (contestant.ts).
 * Invariants: the first entry is ours, the second the floor; every target is named with its figure, met or not.
 */
import type { Join } from './contestant.ts'
import { percentile, summarise } from './statistics.ts'

export interface Entry {
  readonly name: string
  readonly joins: readonly Join[]
}

/** Issue 2, "Numbers". */
const targets = { firstFrameP50Ms: 400, messagesPerJoinAndOccupant: 10 }

interface Verdict {
  readonly target: string
  readonly figure: string
  readonly met: boolean
}

function rowOf({ name, joins }: Entry) {
  return {
    name,
    firstFrameMs: summarise(joins.map((join) => join.firstFrameMs)),
    joinerMessages: percentile(
      joins.map((join) => join.joinerMessages),
      0.5,
    ),
    waiterMessages: percentile(
      joins.map((join) => join.waiterMessages),
      0.5,
    ),
    joinerMessagesMax: Math.max(...joins.map((join) => join.joinerMessages)),
    waiterMessagesMax: Math.max(...joins.map((join) => join.waiterMessages)),
  }
}
type Row = ReturnType<typeof rowOf>

function marksOf(joins: readonly Join[]): [string, number][] {
  const names = new Set(joins.flatMap((join) => Object.keys(join.marks)))
  return [...names]
    .map((name): [string, number] => [
      name,
      percentile(
        joins.flatMap((join) => join.marks[name] ?? []),
        0.5,
      ),
    ])
    .toSorted(([, a], [, b]) => a - b)
}

function judge(ours: Row, floor: Row): Verdict[] {
  const p50 = Math.round(ours.firstFrameMs.p50)
  const floorP50 = Math.round(floor.firstFrameMs.p50)
  const messages = Math.max(ours.joinerMessagesMax, ours.waiterMessagesMax)
  return [
    {
      target: `p50 ≤ ${targets.firstFrameP50Ms} ms`,
      figure: `${p50} ms`,
      met: p50 <= targets.firstFrameP50Ms,
    },
    { target: 'p50 not slower than PeerJS', figure: `${p50} against ${floorP50} ms`, met: p50 <= floorP50 },
    {
      target: `≤ ${targets.messagesPerJoinAndOccupant} messages per join and occupant`,
      figure: `${messages} at most`,
      met: messages <= targets.messagesPerJoinAndOccupant,
    },
  ]
}

const columns = ['p50', 'p95', 'min', 'max', 'messages: joiner', 'waiter']

function tableOf(rows: readonly Row[]): string {
  const wide = Math.max(...rows.map(({ name }) => name.length)) + 2
  const line = (name: string, cells: readonly (string | number)[]): string =>
    name.padEnd(wide) +
    cells.map((cell, index) => String(cell).padStart((columns[index] ?? '').length + 3)).join('')
  return [
    line('milliseconds', columns),
    ...rows.map((row) => {
      const { p50, p95, min, max } = row.firstFrameMs
      return line(row.name, [
        ...[p50, p95, min, max].map((value) => Math.round(value)),
        row.joinerMessages,
        row.waiterMessages,
      ])
    }),
  ].join('\n')
}

export function joinReport(entries: readonly Entry[]): { readonly text: string; readonly data: object } {
  const rows = entries.map(rowOf)
  const [ours, floor] = rows
  if (ours === undefined || floor === undefined) throw new Error('a report needs two entries')
  const verdicts = judge(ours, floor)
  const count = ours.firstFrameMs.count
  const text = [
    `Click on Join → first remote frame on screen; loopback, devices ready, ${count} joins each in turns`,
    '',
    tableOf(rows),
    '',
    ...entries.map(
      ({ name, joins }) =>
        `${name}: ${marksOf(joins)
          .map(([mark, atMs]) => `${mark} ${Math.round(atMs)}`)
          .join(' · ')}`,
    ),
    '',
    ...verdicts.map(({ target, figure, met }) => `${met ? 'met   ' : 'MISSED'}  ${target}: ${figure}`),
  ].join('\n')
  return { text, data: { rows, verdicts, entries } }
}
