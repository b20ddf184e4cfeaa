/** A browser in the room: a page, its seat, and what passes between them. */
import { encodeToRelay, parseToRelay } from '@video-room/shared/protocol/relay-signal.ts'
import type { OfferFacts } from '@video-room/shared/sdp/facts.ts'
import type { RelayTicket } from '@video-room/shared/ticket.ts'
import type { TestBrowser } from './browsers.ts'
import type { Seat } from './lab-room.ts'
import type {
  InboundFigures,
  JoinWish,
  OutboundFigures,
  PageView,
  ShownPicture,
} from './page/page-protocol.ts'
import type { PageLink, PageServer } from './page-server.ts'
import { until } from './until.ts'

export interface Bearing extends Partial<Omit<JoinWish, 'ticket'>> {
  readonly ticket?: RelayTicket
  /** Lies about its facts, or says nothing (null). */
  readonly tell?: (facts: OfferFacts) => OfferFacts | null
}

export class BrowserGuest {
  readonly page: PageLink

  private constructor(page: PageLink) {
    this.page = page
  }

  static async open(browser: TestBrowser, server: PageServer): Promise<BrowserGuest> {
    const { url, arrived } = server.expectPage()
    await browser.open(url)
    return new BrowserGuest(await arrived)
  }

  /** Resolves when the answer is set; what comes of it shows in `look`. */
  async join(seat: Seat, { ticket = seat.ticket(), tell, ...wish }: Bearing = {}): Promise<void> {
    this.page.onSignal = (payload) => {
      const said = parseToRelay(payload)
      const facts = said !== null && 'facts' in said ? said.facts : null
      const told = facts === null || tell === undefined ? facts : tell(facts)
      if (told !== null) seat.signal(encodeToRelay({ facts: told }))
    }
    seat.onSignal = (payload) => {
      // A page that is just closing does not answer any more.
      this.page.call('hear', payload).catch(() => {})
    }
    await this.page.call('join', { picture: null, hasSound: false, slots: 2, codec: 'auto', ...wish, ticket })
  }

  look(): Promise<PageView> {
    return this.page.call('look')
  }

  leave(): Promise<void> {
    return this.page.call('leave')
  }

  /** Looks until the page shows what is sought. */
  async sees<Found>(
    what: string,
    find: (view: PageView) => Found | undefined | null | false,
  ): Promise<Found> {
    let last: PageView | null = null
    try {
      return await until(what, async () => find((last = await this.look())))
    } catch (error) {
      throw new Error(`${what}: ${JSON.stringify(last)}`, { cause: error })
    }
  }

  connected(): Promise<unknown> {
    return this.sees('the page connects', ({ connection }) => connection === 'connected')
  }

  /** The picture in the slot that carries this occupant's source, once frames of it were shown. */
  shows(of: Seat, fits: (picture: ShownPicture) => boolean = () => true): Promise<ShownPicture> {
    return this.sees(`a picture of ${of.occupantId}`, (view) => {
      const picture = pictureOf(view, of)
      return picture !== undefined && picture.frames > 0 && fits(picture) && picture
    })
  }
}

export function pictureOf({ slots, pictures }: PageView, { occupantId }: Seat): ShownPicture | undefined {
  const slot = slots.find((one) => one.occupantId === occupantId && one.source === 'camera')
  return pictures.find(({ mid }) => mid === slot?.mid)
}

export function inboundOf(
  view: PageView,
  of: Seat,
  source: 'camera' | 'microphone',
): InboundFigures | undefined {
  const slot = view.slots.find((one) => one.occupantId === of.occupantId && one.source === source)
  return view.inbound.find(({ mid }) => mid === slot?.mid)
}

/** Asks the relay for the camera as wide as this. */
export const wantCamera = (viewer: Seat, of: Seat, widthPx: number): void =>
  viewer.want({ occupantId: of.occupantId, source: 'camera', widthPx })

/** What of the camera is sent in this layer. */
export const layerOf = (view: PageView, rid: string): OutboundFigures | undefined =>
  view.outbound.find((one) => one.rid === rid)
