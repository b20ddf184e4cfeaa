/** A drawing that takes away what had the focus must put it elsewhere: else a keyboard starts again at the top of the page. */
import type { LitElement } from 'lit'

/** Calls `rescue` when the focused element inside `host` is gone after a drawing. */
export function keepFocus(host: LitElement, rescue: () => void): void {
  let held: Element | null = null
  host.addController({
    hostUpdate: () => {
      held = host.shadowRoot?.activeElement ?? null
    },
    hostUpdated: () => {
      if (held !== null && !held.isConnected) rescue()
      held = null
    },
  })
}
