/**
 * Decides: how relays look to an operator: one table of what each does, one of how far they are from each other.
 * Does not decide: where the figures come from, nor what a button does (relays-page.ts).
 * Invariants: everything is text; a name cannot become markup.
 */
import type { RelayId } from '@video-room/shared/ids.ts'
import type { RelayStanding } from '@video-room/shared/protocol/operator.ts'

type Cell = string | HTMLElement

/** As logs show it: enough to tell two of one region apart. */
const shortId = (relayId: RelayId): string => `${relayId.slice(0, 6)}…`

/** What people call it. */
export const nameOf = ({ region, relayId }: RelayStanding): string =>
  region === '' ? shortId(relayId) : `${region} (${shortId(relayId)})`

function heading(scope: 'col' | 'row', text: string): HTMLElement {
  const cell = document.createElement('th')
  cell.scope = scope
  cell.textContent = text
  return cell
}

function cellOf(content: Cell): HTMLElement {
  const cell = document.createElement('td')
  cell.append(content)
  return cell
}

function rowOf(...cells: readonly HTMLElement[]): HTMLElement {
  const row = document.createElement('tr')
  row.append(...cells)
  return row
}

function tableOf(caption: string, columns: readonly string[], rows: readonly HTMLElement[]): HTMLElement {
  const table = document.createElement('table')
  table.createCaption().textContent = caption
  table.createTHead().append(rowOf(...columns.map((text) => heading('col', text))))
  table.createTBody().append(...rows)
  // A wide table scrolls in its own box, by keyboard as well.
  const box = document.createElement('div')
  box.className = 'wide'
  box.tabIndex = 0
  box.setAttribute('role', 'group')
  box.setAttribute('aria-label', caption)
  box.append(table)
  return box
}

const percent = (share: number): string => `${Math.round(100 * share)} %`

function drainButton(relay: RelayStanding, drain: (relay: RelayStanding) => void): HTMLElement {
  const button = document.createElement('button')
  button.type = 'button'
  button.dataset['relay'] = relay.relayId
  button.textContent = 'Drain'
  button.setAttribute('aria-label', `Drain ${nameOf(relay)}`)
  button.addEventListener('click', () => drain(relay))
  return button
}

export function standingsTable(
  relays: readonly RelayStanding[],
  drain: (relay: RelayStanding) => void,
): HTMLElement {
  const rows = relays.map((relay) =>
    rowOf(
      heading('row', nameOf(relay)),
      cellOf(relay.isDraining ? 'drains' : 'serves'),
      cellOf(String(relay.rooms)),
      cellOf(String(relay.trunks)),
      cellOf(`${relay.links} of ${relay.capacity}`),
      cellOf(percent(relay.cpu)),
      cellOf(`${Math.round(relay.heardAgoMs / 1_000)} s ago`),
      cellOf(relay.isDraining ? '–' : drainButton(relay, drain)),
    ),
  )
  return tableOf('Relays', ['Relay', 'State', 'Rooms', 'Trunks', 'Links', 'CPU', 'Heard', 'Order'], rows)
}

/** undefined: it was not asked, or has not answered for the first time yet. */
function rttText(rttMs: number | null | undefined): string {
  if (rttMs === undefined) return '–'
  return rttMs === null ? 'no answer' : `${rttMs < 10 ? rttMs.toFixed(1) : Math.round(rttMs)} ms`
}

/** Both directions of a pair: each end measures for itself. */
export function distancesTable(relays: readonly RelayStanding[]): HTMLElement {
  const rows = relays.map((from) =>
    rowOf(
      heading('row', nameOf(from)),
      ...relays.map((to) => cellOf(from === to ? '' : rttText(from.rttMs[to.relayId]))),
    ),
  )
  return tableOf('Round trips', ['From \\ to', ...relays.map(nameOf)], rows)
}
