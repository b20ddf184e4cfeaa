import { html, isServer, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import type { RouteWish } from '@video-room/shared/route.ts'
import type { Source } from '@video-room/shared/source.ts'
import type { SessionAnnouncement } from '../../core/effect.ts'
import type { SessionStatus, SessionView } from '../../core/view.ts'
import type { MediaProblem } from '../../media/view.ts'
import { keepFocus } from '../base/keep-focus.ts'
import { baseStyles, buttonStyles } from '../base/styles.ts'
import { LocalMedia } from '../../media/local-media.ts'
import { RoomSession } from '../../room-session.ts'
import { createRoom, type CreateRoomResult } from '../../signal/room-http.ts'
import { emit } from '../events.ts'
import type { RoomRequest, RoomRequestEvent } from '../requests.ts'
import { evidenceOf, type RouteEvidence } from '../route-evidence.ts'
import { SessionController } from '../session-controller.ts'
import type { MediaPort, SessionPort, SessionWish } from '../session-port.ts'
import { words } from '../words.ts'
import { problemWords } from '../trouble-words.ts'
import { emitNews, tellingOf } from './announce.ts'
import { callScreen } from './call-screen.ts'
import { focusInside, focusedTag } from './focus.ts'
import { MediaWatch } from './media-watch.ts'
import { negotiationFirst } from './negotiation-first.ts'
import { namedRoom, routeWishOf } from './named-room.ts'
import { endedScreen, lobbyScreen, unconfiguredScreen } from './other-screens.ts'
import { linkToCopy, type Question } from './questions.ts'
import { rememberedName, rememberName } from './remembered-name.ts'
import { shortcutOf } from './shortcuts.ts'
import { SidePanel } from './side-panel.ts'
import { isInside, isOn, setSource } from './sources.ts'
import { videoRoomStyles } from './styles.ts'
import { takeRequest } from './take-request.ts'
import { ToastRack } from './toast-rack.ts'
import { tokens } from './tokens.ts'

/**
 * A room to talk in, as one tag. It shows its own lobby, call and ending; the page only says which room.
 *
 * ```html
 * <video-room signal="https://signal.example.com" room="3f1c…" display-name="Ada"></video-room>
 * ```
 *
 * It fills its parent. Themed by the `--vr-…` custom properties (tokens.ts), by the `theme` attribute (`light`, `dark`;
 * absent = the system's) and by the parts `lobby`, `call`, `tiles`, `tile`, `video`, `avatar`, `name`, `veil`, `controls`,
 * `panel`, `route`, `evidence`, `notice`, `dialog` and `toasts`. Taken out of the document it leaves the room and releases the camera; moved
 * within the document it goes on. Its events are listed in `VideoRoomEventDetails` (events.ts). The slot
 * `way-out` takes a link of the page, shown after the end and beside a refusal.
 */
export class VideoRoom extends LitElement {
  static override styles = [tokens, baseStyles, buttonStyles, videoRoomStyles]
  static override properties = {
    signal: { type: String },
    room: { type: String },
    token: { type: String },
    displayName: { type: String, attribute: 'display-name' },
    inviteUrl: { type: String, attribute: 'invite-url' },
    maxParticipants: { type: Number, attribute: 'max-participants' },
    route: { type: String },
    question: { state: true },
    soundIsBlocked: { state: true },
    soundTries: { state: true },
  }

  /** Where the signalling worker is: an http(s) URL. */
  declare signal: string
  /** The room's id (a UUID), or its emoji address in any form: emoji, percent-encoded, words, or the short code. */
  declare room: string
  /** The host token, for the host; empty for everyone else. */
  declare token: string
  /** Proposed in the lobby; what the person types wins. */
  declare displayName: string
  /** What "Copy link" copies; by default the address of this page. It must not contain a token. */
  declare inviteUrl: string
  /** For a room that `createRoom` makes: seats beside the host's, 0 to 15; null = the deployment's default. */
  declare maxParticipants: number | null
  /**
   * How media may flow: `auto`, `direct` or `relay`. For a room that `createRoom` makes it becomes the room's setting; in a room
   * whose setting is `auto` it is this person's wish, and one `relay` takes the whole room there. Read when a session begins.
   */
  declare route: RouteWish
  declare private question: Question | null
  declare private soundIsBlocked: boolean
  declare private soundTries: number

  readonly #controller = new SessionController(this, (news) => this.#announced(news))
  readonly #toasts = new ToastRack(this)
  readonly #panel = new SidePanel(this)
  readonly #mediaWatch = new MediaWatch()
  #shownStatus: SessionStatus | undefined
  #wasInside = false
  #devicesToRestore: readonly Source[] = []

  constructor() {
    super()
    keepFocus(this, () => {
      if (isInside(this.state?.status)) this.#panel.rescueFocus()
    })
    this.signal = ''
    this.room = ''
    this.token = ''
    this.displayName = ''
    this.inviteUrl = ''
    this.maxParticipants = null
    this.route = 'auto'
    this.question = null
    this.soundIsBlocked = false
    this.soundTries = 0
  }

  /** What the room looks like now, as plain data; null until `signal` and `room` name one. */
  get state(): SessionView | null {
    return this.#controller.session?.view ?? null
  }

  /** How media flows now and why, with the latest figures of every link: what the badge shows, as plain data. */
  routeEvidence(): RouteEvidence {
    return evidenceOf(this.state, this.#controller.samples)
  }

  /** The session behind the element, for everything the element does not offer. */
  get session(): RoomSession | null {
    const { session } = this.#controller
    return session instanceof RoomSession ? session : null
  }

  /**
   * Makes a room of `maxParticipants` seats at `signal`, with `route` as its setting, and shows its lobby to the host: `room` and `token` are set. Refusals are
   * values. A creator key belongs on a server; in a page only where its reader may make rooms.
   */
  async createRoom(creatorKey: string): Promise<CreateRoomResult> {
    const { signal, maxParticipants } = this
    const route = routeWishOf(this.route)
    const result = await createRoom({
      signal,
      creatorKey,
      ...(maxParticipants === null ? {} : { maxParticipants }),
      ...(route === 'auto' ? {} : { route }),
    })
    if (result.ok) {
      this.room = result.room.emoji
      this.token = result.room.hostToken
    }
    return result
  }

  /** Asks the room for a seat. Resolves when inside or refused; `state.refusal` says which. */
  async join(): Promise<void> {
    const { session, media } = this.#controller
    if (session === null || media === null) return
    await Promise.all(this.#devicesToRestore.map((source) => media.set(source, true)))
    this.#devicesToRestore = []
    await session.join({ displayName: this.displayName })
  }

  /** Gives up the seat and releases camera and microphone. */
  leave(): void {
    this.#controller.session?.leave()
  }

  async setMicrophone(on: boolean): Promise<void> {
    await this.#setSource('microphone', on)
  }

  async setCamera(on: boolean): Promise<void> {
    await this.#setSource('camera', on)
  }

  async shareScreen(on: boolean): Promise<void> {
    await this.#setSource('screen', on)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.addEventListener('keydown', this.#pressed)
    if (this.displayName === '') this.displayName = rememberedName()
    if (this.hasUpdated && this.#controller.session === null) this.#open()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.removeEventListener('keydown', this.#pressed)
    // A move in the document is a removal and an insertion in one task: only what stays away is released.
    setTimeout(() => {
      if (!this.isConnected) this.#release()
    })
  }

  /** The first draw of the call costs as much as the links' negotiation, which starts at that moment and goes first. */
  protected override async scheduleUpdate(): Promise<void> {
    if (isInside(this.state?.status) && !isInside(this.#shownStatus)) await negotiationFirst()
    await super.scheduleUpdate()
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (isServer) return
    const isOther = changed.has('signal') || changed.has('room') || changed.has('token')
    if (isOther || (changed.has('route') && this.state?.status === 'lobby')) this.#open()
  }

  override render(): TemplateResult {
    return html`<div class="room" part="room" @vr-request=${this.#requested}>
      ${this.#screen()}
      <vr-toasts .toasts=${this.#toasts.toasts}></vr-toasts>
      ${
        this.question === null
          ? nothing
          : html`<vr-confirm-dialog .content=${this.question}></vr-confirm-dialog>`
      }
    </div>`
  }

  override updated(): void {
    const status = this.state?.status
    const previous = this.#shownStatus
    if (status === previous) return
    this.#shownStatus = status
    // Whoever just pressed "Join" or "Leave" goes on by keyboard where that led; nobody's focus is taken at page load.
    if (isInside(status) && !isInside(previous))
      void focusInside(this, 'vr-control-bar', '[data-name=microphone]')
    if (status === 'knocking') void focusInside(this, 'vr-lobby', '.door h2')
    if (status === 'ended') void focusInside(this, 'vr-notice', 'h2')
  }

  /** Tests and special builds override these two. */
  protected makeMedia(): MediaPort {
    return new LocalMedia()
  }

  protected makeSession(wish: SessionWish): SessionPort {
    return new RoomSession(wish)
  }

  #screen(): TemplateResult {
    const { session, media, speaking, listen, presented } = this.#controller
    if (session === null || media === null) return unconfiguredScreen(this.room)
    const { view } = session
    const ask = (request: RoomRequest): void => this.#ask(request)
    if (view.status === 'lobby' || view.status === 'joining' || view.status === 'knocking')
      return lobbyScreen(view, media, this.displayName)
    if (view.status === 'ended') return endedScreen(view.endReason ?? 'left', this.#wasInside, ask)
    const { soundIsBlocked, soundTries } = this
    const panel = this.#panel.shown
    const { canShareScreen } = media
    const inviteUrl = this.#inviteLink
    return callScreen(
      {
        view,
        media: media.view,
        canShareScreen,
        speaking,
        panel,
        inviteUrl,
        soundIsBlocked,
        soundTries,
        presented,
        listen,
      },
      ask,
    )
  }

  /** Makes the session that the attributes name, in place of an earlier one. */
  #open(): void {
    this.#release()
    const named = this.isConnected ? namedRoom(this) : null
    if (named === null) return
    const media = this.makeMedia()
    const session = this.makeSession({ ...named, displayName: this.displayName, media })
    this.#controller.open(session, media)
    this.#mediaWatch.watch(media, (source, problem) => this.#deviceFailed(source, problem))
    void media.set('microphone', true)
    void media.set('camera', true)
  }

  #release(): void {
    const { session, media } = this.#controller
    this.#mediaWatch.unwatch()
    // While still listening, so that whoever holds the element hears `vr-left`.
    session?.close()
    media?.close()
    this.#controller.close()
    this.#devicesToRestore = []
    this.#panel.reset()
    this.question = null
    this.soundIsBlocked = false
  }

  #announced(news: SessionAnnouncement): void {
    const { session, media } = this.#controller
    if (session === null || media === null) return
    if (news.type === 'state-changed' && news.status === 'ended') this.#wasInside = isInside(news.previous)
    if (news.type === 'ended') this.#ended()
    const telling = tellingOf(news, session.view)
    if (telling !== null) this.#toasts.add(telling.tone, telling.text)
    emitNews(this, news, session.view)
  }

  /** The room is over for this attempt: no camera light stays on behind a page that says so. */
  #ended(): void {
    const { media } = this.#controller
    if (media === null) return
    this.#devicesToRestore = (['microphone', 'camera'] as const).filter((source) => isOn(media, source))
    media.close()
    this.#toasts.clear()
    this.#panel.reset()
    this.question = null
    this.soundIsBlocked = false
  }

  #deviceFailed(source: Source, problem: MediaProblem): void {
    emit(this, 'vr-error', { kind: 'media', code: problem, source })
    // The lobby shows it beside the preview.
    if (!isInside(this.state?.status)) return
    const { title, hint } = problemWords[problem](source)
    this.#toasts.add('trouble', `${title}. ${hint}`)
  }

  async #setSource(source: Source, on: boolean): Promise<void> {
    const { session, media } = this.#controller
    if (session !== null && media !== null) await setSource(session, media, source, on)
  }

  get #inviteLink(): string {
    return this.inviteUrl === '' ? document.location.href : this.inviteUrl
  }

  async #copyLink(): Promise<void> {
    const link = this.#inviteLink
    try {
      await navigator.clipboard.writeText(link)
      this.#toasts.add('news', words.linkCopied)
    } catch {
      // Not on HTTPS, or forbidden in this frame.
      this.question = linkToCopy(link)
    }
  }

  readonly #requested = (event: RoomRequestEvent): void => {
    event.stopPropagation()
    this.#ask(event.detail)
  }

  #ask(request: RoomRequest): void {
    const { session, media } = this.#controller
    if (session === null || media === null) return
    takeRequest(
      {
        session,
        media,
        panel: this.#panel,
        join: (displayName) => {
          if (displayName !== null) {
            this.displayName = displayName
            rememberName(displayName)
          }
          void this.join()
        },
        setSource: (source, on) => void this.#setSource(source, on),
        copyLink: () => void this.#copyLink(),
        ask: (question) => (this.question = question),
        answered: (yes) => {
          if (yes) this.question?.run()
          this.question = null
        },
        holdSound: (isHeld) => {
          this.soundIsBlocked = isHeld
          if (!isHeld) this.soundTries += 1
        },
        dismissToast: (id) => this.#toasts.remove(id),
      },
      request,
    )
  }

  readonly #pressed = (event: KeyboardEvent): void => {
    const { session, media } = this.#controller
    const shortcut = shortcutOf(event, focusedTag(event))
    if (shortcut === null || session === null || media === null || this.question !== null) return
    if (shortcut === 'close') return this.#panel.close()
    if (session.view.status === 'ended') return
    void setSource(session, media, shortcut, !isOn(media, shortcut))
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'video-room': VideoRoom
  }
}
