/** Where the focus is, and where it goes, through shadow roots. */
import type { LitElement } from 'lit'

/** The tag of the element a key was pressed on, upper case. */
export function focusedTag(event: Event): string {
  const [target] = event.composedPath()
  return target instanceof Element ? target.tagName : ''
}

/** Focuses what `selector` finds in `part` (an element inside `host`; null = in `host` itself), once both are drawn. */
export async function focusInside(host: LitElement, part: string | null, selector: string): Promise<void> {
  await host.updateComplete
  const inside = part === null ? host : host.renderRoot.querySelector<LitElement>(part)
  if (inside === null) return
  await inside.updateComplete
  inside.renderRoot.querySelector<HTMLElement>(selector)?.focus()
}
