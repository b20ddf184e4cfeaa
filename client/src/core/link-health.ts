/**
 * Decides: whether a link lives, should restart its ICE, or has failed (rule LK3).
 * Does not decide: what is done about it (link-table.ts).
 * Invariants: a connected link that receives is never failed; a sampler that came late never condemns a link; nothing is
 * condemned while its two ends cannot exchange signals, since nothing could be mended then.
 */
import { limits } from '@video-room/shared/limits.ts'

export interface LinkHealth {
  readonly connected: boolean
  /** When the clock for the first connection started. */
  readonly openedAtMs: number
  readonly heardAtMs: number
  readonly sampledAtMs: number
  readonly receivedBytes: number
  /** When the present restart was asked for; null while none is due. */
  readonly restartedAtMs: number | null
  readonly silent: boolean
  /** It closed by itself; only a remake helps. */
  readonly closed: boolean
  readonly failed: boolean
}

export type Verdict = 'fine' | 'restart' | 'failed'

export interface Reading {
  readonly atMs: number
  /** Everything received so far, or null when the link has closed. Whatever grows with each sign of life will do. */
  readonly receivedBytes: number | null
  /** For how long nothing may come before that means something. */
  readonly silentAfterMs: number
  /** Could a signal reach the far end now? */
  readonly canSignal: boolean
}

export const newHealth = (atMs: number): LinkHealth => ({
  connected: false,
  openedAtMs: atMs,
  heardAtMs: atMs,
  sampledAtMs: atMs,
  receivedBytes: 0,
  restartedAtMs: null,
  silent: false,
  closed: false,
  failed: false,
})

export const connectedHealth = (health: LinkHealth, atMs: number): LinkHealth => ({
  ...health,
  connected: true,
  silent: false,
  restartedAtMs: null,
  heardAtMs: atMs,
})

/** Does media get through it now, as far as anyone can tell? */
export const isCarrying = ({ connected, silent, closed, failed }: LinkHealth): boolean =>
  connected && !silent && !closed && !failed

interface Judgement {
  readonly health: LinkHealth
  readonly verdict: Verdict
}
const judged = (health: LinkHealth, verdict: Verdict = 'fine'): Judgement => ({
  health: verdict === 'failed' ? { ...health, failed: true, silent: true } : health,
  verdict,
})

export function judge(before: LinkHealth, reading: Reading): Judgement {
  if (before.failed) return judged(before)
  const health = forgiveLateSampler(before, reading.atMs)
  if (health.closed || reading.receivedBytes === null) {
    // One that never connected is not remade at once: what broke it would most likely break the next one too.
    const isDue = health.connected || reading.atMs - health.openedAtMs >= limits.linkRestartMs
    return judged({ ...health, silent: true }, reading.canSignal && isDue ? 'failed' : 'fine')
  }
  const heard = reading.receivedBytes > health.receivedBytes
  const noted = heard ? { ...health, receivedBytes: reading.receivedBytes, heardAtMs: reading.atMs } : health
  // Before the first connection the bytes are those of the handshake, and its clock runs on.
  if (!noted.connected) return judgeConnecting(noted, reading)
  return heard ? judged({ ...noted, silent: false, restartedAtMs: null }) : judgeSilence(noted, reading)
}

/** A laptop that slept, a page that was frozen: the time that nobody looked counts for nothing. */
function forgiveLateSampler(health: LinkHealth, atMs: number): LinkHealth {
  const gapMs = atMs - health.sampledAtMs
  const late = gapMs > limits.linkSilentMs
  return {
    ...health,
    sampledAtMs: atMs,
    openedAtMs: late ? health.openedAtMs + gapMs : health.openedAtMs,
    heardAtMs: late ? atMs : health.heardAtMs,
    restartedAtMs: late && health.restartedAtMs !== null ? atMs : health.restartedAtMs,
  }
}

function judgeConnecting(health: LinkHealth, { atMs, canSignal }: Reading): Judgement {
  if (!canSignal) return judged({ ...health, openedAtMs: atMs })
  return judged(health, atMs - health.openedAtMs >= limits.linkConnectMs ? 'failed' : 'fine')
}

function judgeSilence(health: LinkHealth, { atMs, canSignal, silentAfterMs }: Reading): Judgement {
  if (atMs - health.heardAtMs < silentAfterMs) return judged(health)
  // Whatever was asked for is lost with the way to ask; it is asked anew when the way is back.
  if (!canSignal) return judged({ ...health, silent: true, restartedAtMs: null })
  if (health.restartedAtMs === null) {
    return judged({ ...health, silent: true, restartedAtMs: atMs }, 'restart')
  }
  return judged(health, atMs - health.restartedAtMs >= limits.linkRestartMs ? 'failed' : 'fine')
}
