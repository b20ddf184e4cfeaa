/**
 * The relay's end of ICE (RFC 8445, lite): who may be answered. The credentials are a ticket's (RL2): the ice-pwd is an
 * HMAC of the ufrag, so nothing need be known of a ticket before its holder shows up, and whoever does not hold it gets
 * no byte. Every number of bytes kept is bounded by the links that there are.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { LinkId } from '@video-room/shared/ids.ts'
import { relayLimits } from '../limits.ts'
import type { RemoteAddress } from '../media/boundary.ts'
import { parseUfrag } from '../wire/ice-credentials.ts'
import { verifyIntegrity, type HmacSha1 } from '../wire/stun-message.ts'
import { parseStunRequest, writeBindingError, writeBindingSuccess, type StunRequest } from '../wire/stun.ts'

export type StunVerdict =
  /** `reply` goes out, and nothing else follows: plain STUN, or a verified request that we cannot follow. */
  | { readonly type: 'answered'; readonly reply: Uint8Array }
  | {
      readonly type: 'verified'
      readonly linkId: LinkId
      readonly useCandidate: boolean
      readonly reply: Uint8Array
    }
  /** Not a byte is answered (RFC 8445, section 7.3: discarded silently). */
  | {
      readonly type: 'refused'
      readonly why: 'stun-malformed' | 'stun-forged' | 'stun-expired' | 'stun-taken'
    }

interface Credentials {
  readonly linkId: LinkId
  readonly password: Uint8Array
  /** The ufrag of the far end: who used this ticket first. */
  readonly remoteUfrag: string
}

const replyMaxBytes = 100

const hmacSha1: HmacSha1 = (key, data) => createHmac('sha1', key).update(data).digest()

export class IceLite {
  readonly #iceKey: KeyObject
  /** Ufrags that were shown in time by someone who knows the password. They stay good as long as their link. */
  readonly #credentials = new Map<string, Credentials>()
  readonly #ufragsOfLinks = new Map<LinkId, string[]>()

  constructor(iceKey: Uint8Array) {
    this.#iceKey = createSecretKey(iceKey)
  }

  /** `nowS`: seconds since 1970, the clock of the tickets. `isBarred`: links that are closed for good. */
  receive(
    bytes: Uint8Array,
    from: RemoteAddress,
    nowS: number,
    isBarred: (linkId: LinkId) => boolean,
  ): StunVerdict {
    const request = parseStunRequest(bytes)
    if (request === null) return refused('stun-malformed')
    if (request.username === null && request.integrityOffset === null) {
      return { type: 'answered', reply: success(request, from, null) }
    }
    // RFC 8445, section 7.2.2: `ours:theirs`.
    const [ufrag = '', remoteUfrag = ''] = request.username?.split(':') ?? []
    const known = this.#credentials.get(ufrag)
    const claimed = known ?? this.#claimed(ufrag, remoteUfrag, nowS)
    if (typeof claimed === 'string') return refused(claimed)
    if (isBarred(claimed.linkId)) return refused('stun-expired')
    if (!verifyIntegrity(bytes, request, claimed.password, hmacSha1)) return refused('stun-forged')
    // A second browser with the same ticket has another ufrag of its own: the first one wins (I3).
    if (claimed.remoteUfrag !== remoteUfrag) return refused('stun-taken')
    if (!known) this.#remember(ufrag, claimed)
    // RFC 8489, section 6.3.1: only who proved something is told.
    if (request.unknownTypes.length > 0) {
      return { type: 'answered', reply: refusal(request, 420, claimed.password) }
    }
    // A lite agent is always controlled; the far end must give way (RFC 8445, section 7.3.1.1).
    if (request.iceRole === 'controlled') {
      return { type: 'answered', reply: refusal(request, 487, claimed.password) }
    }
    return {
      type: 'verified',
      linkId: claimed.linkId,
      useCandidate: request.useCandidate,
      reply: success(request, from, claimed.password),
    }
  }

  /** The link is gone, and what opened it. */
  forget(linkId: LinkId): void {
    for (const ufrag of this.#ufragsOfLinks.get(linkId) ?? []) this.#credentials.delete(ufrag)
    this.#ufragsOfLinks.delete(linkId)
  }

  /** What a ufrag says of itself; genuine only if the request was made with its password. */
  #claimed(
    ufrag: string,
    remoteUfrag: string,
    nowS: number,
  ): Credentials | 'stun-malformed' | 'stun-expired' {
    const parts = parseUfrag(ufrag)
    if (parts === null) return 'stun-malformed'
    // RL4: each ufrag must be used first before it expires, whatever its link did before.
    if (parts.expiresAtS < nowS) return 'stun-expired'
    // Passwords are compared as the text they are in SDP (RFC 8445, section 7.2.2), so the text is the key.
    const text = createHmac('sha256', this.#iceKey).update(ufrag).digest('base64').replaceAll('=', '')
    return { linkId: parts.linkId, password: Buffer.from(text, 'latin1'), remoteUfrag }
  }

  #remember(ufrag: string, credentials: Credentials): void {
    const ufrags = this.#ufragsOfLinks.get(credentials.linkId) ?? []
    ufrags.push(ufrag)
    this.#ufragsOfLinks.set(credentials.linkId, ufrags)
    this.#credentials.set(ufrag, credentials)
    if (ufrags.length > relayLimits.linkCredentialsMax) this.#credentials.delete(ufrags.shift() ?? '')
  }
}

const refused = (why: Extract<StunVerdict, { type: 'refused' }>['why']): StunVerdict => ({
  type: 'refused',
  why,
})

function success(request: StunRequest, from: RemoteAddress, key: Uint8Array | null): Uint8Array {
  const out = new Uint8Array(replyMaxBytes)
  const { transactionId } = request
  return out.subarray(0, writeBindingSuccess(out, transactionId, from.address, from.port, key, hmacSha1))
}

function refusal(request: StunRequest, code: 420 | 487, key: Uint8Array): Uint8Array {
  const out = new Uint8Array(replyMaxBytes)
  const { transactionId, unknownTypes } = request
  const named = code === 420 ? unknownTypes : []
  return out.subarray(0, writeBindingError(out, transactionId, code, key, hmacSha1, named))
}
