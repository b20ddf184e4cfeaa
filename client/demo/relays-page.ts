/**
 * The operator's page: asks for a key, keeps it in memory and nowhere else, shows the relays and drains one. A reload forgets
 * the key.
 */
import type { HttpErrorCode } from '@video-room/shared/errors.ts'
import { errorResponseSchema } from '@video-room/shared/protocol/http.ts'
import { relaysResponseSchema, type RelayStanding } from '@video-room/shared/protocol/operator.ts'
import * as v from 'valibot'
import { distancesTable, nameOf, standingsTable } from './relays-tables.ts'

export interface RelaysPorts {
  /** A request to the page's own worker. */
  readonly ask: (path: string, init: RequestInit) => Promise<Response>
  readonly confirm: (question: string) => boolean
}

/** As often as relays say how they are. */
const refreshMs = 5_000

type Problem = HttpErrorCode | 'unreachable'

const problemWords: Readonly<Partial<Record<Problem, string>>> = {
  operator_key_required: 'This key is not one of the deployment’s operator keys.',
  not_found: 'This deployment knows no operator keys (OPERATOR_KEYS).',
  relay_not_found: 'That relay has gone.',
  relay_draining: 'That relay drains already.',
  rate_limited: 'Asked too often; it goes on in a moment.',
  unreachable: 'The worker could not be reached; the page tries again.',
}

const sayOf = (problem: Problem): string => problemWords[problem] ?? `The worker refused: ${problem}.`

export class RelaysPage {
  readonly #ports: RelaysPorts
  readonly #form = document.createElement('form')
  readonly #input = document.createElement('input')
  readonly #trouble = document.createElement('p')
  readonly #status = document.createElement('p')
  readonly #tables = document.createElement('div')
  #key: string | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  /** An answer to an earlier round of questions is none. */
  #round = 0

  constructor(place: HTMLElement, ports: RelaysPorts) {
    this.#ports = ports
    const title = document.createElement('h1')
    title.textContent = 'Relays'
    this.#trouble.className = 'trouble'
    this.#trouble.setAttribute('role', 'alert')
    this.#status.className = 'quiet'
    this.#status.setAttribute('role', 'status')
    this.#status.tabIndex = -1
    this.#buildForm()
    place.replaceChildren(title, this.#form, this.#trouble, this.#status, this.#tables)
  }

  /** With the form; whoever has typed a key before has to type it again. */
  show(): void {
    this.stop()
    this.#key = null
    this.#form.hidden = false
    this.#status.textContent = ''
    this.#tables.replaceChildren()
    this.#input.focus()
  }

  /** Asks no more. */
  stop(): void {
    this.#round += 1
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #buildForm(): void {
    const [label, button] = [document.createElement('label'), document.createElement('button')]
    // No name and no autocompletion: the key is not for a history of forms.
    Object.assign(this.#input, { type: 'password', autocomplete: 'off', spellcheck: false, required: true })
    label.append('Operator key', this.#input)
    button.textContent = 'Show relays'
    this.#form.append(label, button)
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#key = this.#input.value.trim()
      this.#input.value = ''
      void this.refresh()
    })
  }

  /** Asks now, and every few seconds from then on. */
  async refresh(): Promise<void> {
    this.stop()
    const round = this.#round
    const answer = await this.#request('/relays', 'GET')
    if (round !== this.#round) return
    if (answer.ok) {
      this.#trouble.textContent = ''
      this.#form.hidden = true
      this.#draw(answer.relays)
    } else {
      this.#trouble.textContent = sayOf(answer.code)
      if (answer.code === 'operator_key_required' || answer.code === 'not_found') return this.show()
    }
    this.#timer = setTimeout(() => void this.refresh(), refreshMs)
  }

  #draw(relays: readonly RelayStanding[]): void {
    const active = document.activeElement
    const focused = active instanceof HTMLElement ? active.dataset['relay'] : undefined
    this.#say(`${relays.length === 0 ? 'No relay is' : relays.length} registered; asked anew every 5 s.`)
    this.#tables.replaceChildren(
      ...(relays.length === 0 ? [] : [standingsTable(relays, (relay) => void this.#drain(relay))]),
      ...(relays.length < 2 ? [] : [distancesTable(relays)]),
    )
    // Whoever is about to press a button keeps it under the finger; one that was pressed for good hands over to the line above.
    if (focused === undefined) return
    const again = this.#tables.querySelector<HTMLElement>(`[data-relay="${focused}"]`)
    ;(again ?? this.#status).focus()
  }

  /** Read aloud when it is another line, and only then. */
  #say(line: string): void {
    if (this.#status.textContent !== line) this.#status.textContent = line
  }

  async #drain(relay: RelayStanding): Promise<void> {
    const question = `Drain ${nameOf(relay)}? It takes no more rooms, and those it has (${relay.rooms}) move elsewhere. It cannot be undone.`
    if (!this.#ports.confirm(question)) return
    const answer = await this.#request(`/relays/${relay.relayId}/drain`, 'POST')
    await this.refresh()
    if (!answer.ok) this.#trouble.textContent = sayOf(answer.code)
  }

  async #request(path: string, method: 'GET' | 'POST'): Promise<Answer> {
    const headers = { Accept: 'application/json', Authorization: `Bearer ${this.#key ?? ''}` }
    try {
      const response = await this.#ports.ask(path, { method, headers })
      if (response.status === 202) return { ok: true, relays: [] }
      const body: unknown = await response.json()
      if (response.ok) return { ok: true, relays: v.parse(relaysResponseSchema, body).relays }
      return { ok: false, code: v.parse(errorResponseSchema, body).error.code }
    } catch {
      return { ok: false, code: 'unreachable' }
    }
  }
}

type Answer =
  | { readonly ok: true; readonly relays: readonly RelayStanding[] }
  | { readonly ok: false; readonly code: Problem }
