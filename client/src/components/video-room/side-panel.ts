/** Keeps which panel is open beside the call, and brings the focus in and out with it. */
import type { LitElement, ReactiveController } from 'lit'
import type { Panel } from '../requests.ts'
import { focusInside } from './focus.ts'

export class SidePanel implements ReactiveController {
  readonly #host: LitElement
  #shown: Panel | null = null

  constructor(host: LitElement) {
    this.#host = host
    host.addController(this)
  }

  get shown(): Panel | null {
    return this.#shown
  }

  hostDisconnected(): void {}

  toggle(panel: Panel): void {
    if (this.#shown === panel) return this.close()
    this.#show(panel)
    void focusInside(this.#host, null, '.panel h2')
  }

  close(): void {
    const panel = this.#shown
    if (panel === null) return
    this.#show(null)
    void focusInside(this.#host, 'vr-control-bar', `[data-name=${panel}]`)
  }

  /** With the call itself; nobody's focus moves. */
  reset(): void {
    this.#show(null)
  }

  /** What had the focus is gone, as someone was let in: the work goes on beside it. */
  rescueFocus(): void {
    if (this.#shown === null) void focusInside(this.#host, 'vr-control-bar', '[data-name=people]')
    else void focusInside(this.#host, null, '.panel h2')
  }

  #show(panel: Panel | null): void {
    this.#shown = panel
    this.#host.requestUpdate()
  }
}
