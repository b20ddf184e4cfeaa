import { html, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { RoomElement } from '../base/room-element.ts'
import { baseStyles } from '../base/styles.ts'
import type { TileFacts } from '../tile/tile-facts.ts'
import type { Presented } from '../tile/pace.ts'
import { fitGrid } from './fit-grid.ts'
import { gridStyles } from './styles.ts'

/** Tokens are CSS; the fit needs the same gap as a number. CSS pixels at the usual root font size. */
const gapPixels = 10

/**
 * `<vr-grid>`: all tiles. Equal ones while nobody shares a screen; else the newest screen has the stage and the others
 * sit in a row below. The tiles stay in one parent and in one order, since moved media elements stop playing.
 */
export class Grid extends RoomElement {
  static override styles = [baseStyles, gridStyles]
  static override properties = {
    tiles: { attribute: false },
    speaking: { attribute: false },
    speakerId: { attribute: false },
    soundTries: { attribute: false },
    presented: { attribute: false },
    box: { state: true },
  }

  declare tiles: readonly TileFacts[]
  /** Ids of the occupants who speak now. */
  declare speaking: ReadonlySet<string>
  declare speakerId: string | null
  declare soundTries: number
  declare presented: Presented
  declare private box: { readonly width: number; readonly height: number }
  #observer: ResizeObserver | null = null

  constructor() {
    super()
    this.tiles = []
    this.speaking = new Set()
    this.speakerId = null
    this.soundTries = 0
    this.presented = () => {}
    this.box = { width: 0, height: 0 }
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) this.box = { width: entry.contentRect.width, height: entry.contentRect.height }
    })
    this.#observer.observe(this)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#observer?.disconnect()
  }

  override render(): TemplateResult {
    const stage = this.tiles.findLast((tile) => tile.kind === 'screen')
    const { tileWidth, tileHeight } = fitGrid(this.box.width, this.box.height, this.tiles.length, gapPixels)
    const sizes = `--tile-width:${tileWidth}px;--tile-height:${tileHeight}px`
    return html`<div class="tiles ${stage === undefined ? '' : 'staged'}" style=${sizes} part="tiles">
      ${repeat(
        this.tiles,
        (tile) => tile.key,
        (tile) =>
          html`<vr-tile
            class=${tile === stage ? 'stage' : ''}
            .facts=${tile}
            .speaking=${this.speaking.has(tile.occupantId)}
            .speakerId=${this.speakerId}
            .soundTries=${this.soundTries}
            .presented=${this.presented}
          ></vr-tile>`,
      )}
    </div>`
  }
}
