/** The icons, drawn on a 24 × 24 grid with a 2-unit pen. They say nothing alone: each stands beside or behind a label. */
import { html, svg, type SVGTemplateResult, type TemplateResult } from 'lit'

const icon = (paths: SVGTemplateResult): TemplateResult =>
  html`<svg
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="2"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
    focusable="false"
  >
    ${paths}
  </svg>`

const microphoneShape = svg`<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5 11.5a7 7 0 0 0 14 0M12 18.5V21"/>`
const cameraShape = svg`<rect x="3" y="6.5" width="12" height="11" rx="2.5"/><path d="m15 11 5-3v8l-5-3"/>`
const strike = svg`<path d="M4 3.5 20 20.5"/>`

export const microphoneIcon = icon(microphoneShape)
export const microphoneOffIcon = icon(svg`${microphoneShape}${strike}`)
export const cameraIcon = icon(cameraShape)
export const cameraOffIcon = icon(svg`${cameraShape}${strike}`)
export const screenIcon = icon(
  svg`<rect x="3" y="4" width="18" height="12.5" rx="2.5"/><path d="M12 13V8m-2.5 2L12 7.5 14.500 10M8.500 20.500h7"/>`,
)
export const screenOffIcon = icon(
  svg`<rect x="3" y="4" width="18" height="12.5" rx="2.5"/><path d="m9.500 8 5 5m0-5-5 5M8.500 20.500h7"/>`,
)
export const peopleIcon = icon(
  svg`<circle cx="9" cy="8" r="3.500"/><path d="M2.500 19.500c.5-3.500 3-5.500 6.500-5.500s6 2 6.500 5.500M16 4.800a3.500 3.500 0 0 1 0 6.400M18.500 14.500c1.700.9 2.700 2.600 3 5"/>`,
)
export const devicesIcon = icon(
  svg`<path d="M4 7h9m5 0h2M4 17h2m5 0h9"/><circle cx="15.500" cy="7" r="2.500"/><circle cx="8.500" cy="17" r="2.500"/>`,
)
export const linkIcon = icon(
  svg`<path d="M10 14a4.500 4.500 0 0 0 6.400 0l3-3A4.500 4.500 0 0 0 13 4.600l-1 1M14 10a4.500 4.500 0 0 0-6.400 0l-3 3A4.500 4.500 0 0 0 11 19.400l1-1"/>`,
)
export const leaveIcon = icon(
  svg`<path d="M3.200 14.700c-.8-1.200-.6-2.700.4-3.700 4.600-4.200 12.200-4.200 16.800 0 1 1 1.200 2.500.4 3.700l-.7 1a1.500 1.500 0 0 1-1.800.5l-2.600-1.100a1.500 1.500 0 0 1-.9-1.600l.2-1.400a10 10 0 0 0-6 0l.2 1.400c.1.700-.2 1.300-.9 1.600l-2.600 1.100a1.500 1.500 0 0 1-1.800-.5z"/>`,
)
export const closeIcon = icon(svg`<path d="m6 6 12 12M18 6 6 18"/>`)
export const removeIcon = icon(
  svg`<circle cx="10" cy="8" r="3.500"/><path d="M3.500 19.500c.5-3.500 3-5.500 6.500-5.500s6 2 6.500 5.500M16 9h6"/>`,
)
export const admitIcon = icon(svg`<path d="M4.500 12.500 9.500 17.500 19.500 6.500"/>`)
export const doorIcon = icon(
  svg`<path d="M6 20.500V5A1.500 1.500 0 0 1 7.500 3.500h9A1.500 1.500 0 0 1 18 5v15.500M3.500 20.500h17M14.500 12v.1"/>`,
)
export const hostIcon = icon(svg`<path d="m4 8 4 4 4-7 4 7 4-4-1.500 10.500h-13z"/>`)
export const soundIcon = icon(
  svg`<path d="M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM15.500 9a4.500 4.500 0 0 1 0 6M18 6a8.500 8.500 0 0 1 0 12"/>`,
)
export const warningIcon = icon(svg`<path d="M12 4 2.800 19.500h18.400zM12 10v4.500M12 17v.1"/>`)
export const waitIcon = icon(svg`<circle cx="12" cy="12" r="8.500"/><path d="M12 7v5l3.500 2"/>`)
export const doneIcon = icon(
  svg`<circle cx="12" cy="12" r="8.500"/><path d="m8 12.500 2.800 2.800L16 9.500"/>`,
)
