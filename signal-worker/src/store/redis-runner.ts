/**
 * Runs scripts on Redis over one connection. Commands under way are bounded and each has a deadline; a Redis that failed is
 * left alone for a moment instead of being asked by everyone at once, and then tried anew by whoever comes first.
 */
import { fail, ok } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import { log } from '../log.ts'
import type { RedisAddress } from './redis-address.ts'
import { openForCommands, type RedisConnection } from './redis-open.ts'
import { keysOf, type RedisAnswer, type RoomCommand } from './redis.ts'
import { scriptText, type ScriptName } from './scripts/table.ts'

/** Errors of a Redis that is up but not (or no longer) the one to ask; another connection may reach the right one. */
const wrongServer = /^(?:READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|NOAUTH|WRONGPASS)\b/

export class RedisRunner {
  readonly #address: RedisAddress
  readonly #hashes = new Map<ScriptName, Promise<string>>()
  #connection: RedisConnection | null = null
  #underWay = 0
  #restUntilMs = 0
  #loggedAtMs = 0
  /** How far the clock of Redis is ahead of ours; null until it answered, and after it jumped. */
  #aheadMs: number | null = null

  constructor(address: RedisAddress) {
    this.#address = address
  }

  async run(command: RoomCommand): Promise<RedisAnswer> {
    if (this.#underWay >= limits.redisCommandsMax || Date.now() < this.#restUntilMs) {
      return fail('room_store_unavailable')
    }
    const connection = (this.#connection ??= this.#open())
    this.#underWay += 1
    try {
      const answer = await withDeadline(this.#evaluate(connection, command), limits.redisAnswerMs)
      const isKept = command.clockMs !== null || this.#learnClock(answer)
      return isKept ? ok(answer) : fail('room_store_unavailable')
    } catch (error) {
      this.#failed(connection, command.script, error)
      return fail('room_store_unavailable')
    } finally {
      this.#underWay -= 1
    }
  }

  close(): void {
    this.#connection?.disconnect()
    this.#connection = null
  }

  #open(): RedisConnection {
    const connection = openForCommands(this.#address)
    // Whoever asked is told by the command itself; without a listener the platform would log each error with its address.
    connection.on('error', () => null)
    connection.on('end', () => {
      if (this.#connection === connection) this.#connection = null
    })
    return connection
  }

  async #evaluate(connection: RedisConnection, command: RoomCommand): Promise<unknown> {
    const { script, roomId, words, clockMs } = command
    const keys = keysOf(roomId)
    const values = [clockMs === null ? '' : String(clockMs), this.#giveUpAt(clockMs), ...words]
    try {
      return await connection.evalsha(await this.#hashOf(script), keys.length, ...keys, ...values)
    } catch (error) {
      // A new Redis, or one that was restarted, does not know the script yet.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return connection.eval(scriptText(script), keys.length, ...keys, ...values)
    }
  }

  /** In the time of Redis: later than this nobody listens, so that nothing shall happen. */
  #giveUpAt(clockMs: number | null): string {
    const isKnown = clockMs === null && this.#aheadMs !== null
    return isKnown ? String(Date.now() + (this.#aheadMs ?? 0) + limits.redisAnswerMs) : ''
  }

  #learnClock(answer: unknown): boolean {
    const [code, redisMs] = Array.isArray(answer) ? answer : []
    const isLate = code === 'too_late'
    const aheadMs = Number(redisMs) - Date.now()
    this.#aheadMs = isLate || !Number.isFinite(aheadMs) ? null : aheadMs
    return !isLate
  }

  #failed(connection: RedisConnection, script: ScriptName, error: unknown): void {
    const said = error instanceof Error ? error : new Error('unknown')
    const isReply = said.name === 'ReplyError'
    // The first word is a code of Redis; what follows may quote what was sent.
    const code = isReply ? (said.message.split(' ')[0] ?? '') : said.name
    this.#log(script, code)
    if (isReply && !wrongServer.test(said.message)) return
    if (this.#connection !== connection) return
    this.#connection = null
    this.#restUntilMs = Date.now() + limits.redisRestMs
    this.#aheadMs = null
    connection.disconnect()
  }

  /** All that were under way fail together; one line tells it. */
  #log(script: ScriptName, code: string): void {
    const atMs = Date.now()
    if (atMs - this.#loggedAtMs < limits.redisRestMs) return
    this.#loggedAtMs = atMs
    log('warn', 'redis-failed', { script, code })
  }

  #hashOf(script: ScriptName): Promise<string> {
    const hash = this.#hashes.get(script) ?? sha1Hex(scriptText(script))
    this.#hashes.set(script, hash)
    return hash
  }
}

/** Redis knows scripts by this; nothing depends on nobody finding a second text for one. */
async function sha1Hex(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text))
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

class TooLateError extends Error {
  override readonly name = 'TooLateError'
}

/** Rejects with TooLateError when `work` takes longer. The timer does not outlive the answer: it would keep an object awake. */
export async function withDeadline<Value>(work: Promise<Value>, ms: number): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TooLateError(`no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
