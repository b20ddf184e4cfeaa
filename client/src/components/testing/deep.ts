/** Finding things through shadow roots, by what a person can perceive. */

function* roots(root: Document | Element | ShadowRoot): Generator<Document | Element | ShadowRoot> {
  yield root
  if (root instanceof Element && root.shadowRoot !== null) yield* roots(root.shadowRoot)
  for (const element of root.querySelectorAll('*')) {
    if (element.shadowRoot !== null) yield* roots(element.shadowRoot)
  }
}

export function deepAll<Type extends Element = HTMLElement>(
  root: Document | Element,
  selector: string,
): Type[] {
  return [...roots(root)].flatMap((inner) => [...inner.querySelectorAll<Type>(selector)])
}

export function deep(root: Document | Element, selector: string): HTMLElement {
  const [found] = deepAll(root, selector)
  if (found === undefined) throw new Error(`nothing matches ${selector}`)
  return found
}

export function field(root: Document | Element, selector = 'input'): HTMLInputElement {
  const found = deep(root, selector)
  if (!(found instanceof HTMLInputElement)) throw new Error(`${selector} is no input`)
  return found
}

/** The accessible name, as far as it is used here: aria-label, else the text. */
export const nameOfElement = (element: Element): string =>
  (element.getAttribute('aria-label') ?? element.textContent ?? '').trim().replace(/\s+/gu, ' ')

export function button(root: Document | Element, name: string): HTMLButtonElement {
  const found = deepAll<HTMLButtonElement>(root, 'button').find(
    (candidate) => nameOfElement(candidate) === name,
  )
  if (found === undefined) {
    const names = deepAll(root, 'button').map(nameOfElement).join(', ')
    throw new Error(`no button "${name}" among: ${names}`)
  }
  return found
}

/** The text on the screen, shadow roots included. */
export const textOf = (root: Document | Element): string =>
  [...roots(root)]
    .map((inner) => [...inner.childNodes].map(visibleText).join(' '))
    .join(' ')
    .replace(/\s+/gu, ' ')

function visibleText(node: Node): string {
  if (node instanceof HTMLStyleElement) return ''
  return node instanceof Text ? node.data : [...node.childNodes].map(visibleText).join(' ')
}

export function focused(): Element | null {
  let element = document.activeElement
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
  return element
}
