/**
 * The Durable Object that adds up what rooms say of their routes, for the operator's numbers. There is one, apart from the
 * registry, whose relays must not wait for it. Only rooms reach it: a binding is no address. Nothing here is waited for by anybody
 * but who reads it, and it sleeps in between.
 */
import { DurableObject } from 'cloudflare:workers'
import { limits } from '@video-room/shared/limits.ts'
import * as v from 'valibot'
import type { Env } from '../env.ts'
import { log } from '../log.ts'
import { raisesOf, type Tally } from '../metrics/tally.ts'
import type { CallRoute, RouteWord } from '../room/effect.ts'

const countRowsSchema = v.array(v.object({ series: v.string(), value: v.number() }))
const callRowsSchema = v.array(v.object({ route: v.string(), calls: v.number() }))

const tallyOf = (env: Env): DurableObjectStub<RouteTally> =>
  env.ROUTE_TALLY.get(env.ROUTE_TALLY.idFromName('routes'))

export const readTally = (env: Env): Promise<Tally> => tallyOf(env).read()

export class RouteTally extends DurableObject {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    const { sql } = ctx.storage
    sql.exec(
      `CREATE TABLE IF NOT EXISTS route_counts (series TEXT PRIMARY KEY, value REAL NOT NULL) STRICT, WITHOUT ROWID;
       CREATE TABLE IF NOT EXISTS calls (room TEXT PRIMARY KEY, route TEXT NOT NULL, until_ms INTEGER NOT NULL) STRICT;
       CREATE INDEX IF NOT EXISTS calls_until ON calls (until_ms)`,
    )
  }

  /** `room`: any name that no other room has. */
  async note(room: string, words: readonly RouteWord[]): Promise<void> {
    for (const word of words) {
      if (word.type === 'call') this.#noteCall(room, word.route)
      for (const { series, by } of raisesOf(word)) {
        this.ctx.storage.sql.exec(
          `INSERT INTO route_counts VALUES (?, ?)
           ON CONFLICT (series) DO UPDATE SET value = value + excluded.value`,
          series,
          by,
        )
      }
    }
  }

  async read(): Promise<Tally> {
    this.#forgetUnheard()
    const { sql } = this.ctx.storage
    const counts = v.parse(countRowsSchema, sql.exec('SELECT series, value FROM route_counts').toArray())
    const calls = v.parse(
      callRowsSchema,
      sql.exec('SELECT route, count(*) AS calls FROM calls GROUP BY route').toArray(),
    )
    return {
      counts: Object.fromEntries(counts.map(({ series, value }) => [series, value])),
      calls: Object.fromEntries(calls.map(({ route, calls: count }) => [route, count])),
    }
  }

  #noteCall(room: string, route: CallRoute | null): void {
    this.#forgetUnheard()
    const { sql } = this.ctx.storage
    if (route === null) {
      sql.exec('DELETE FROM calls WHERE room = ?', room)
      return
    }
    const untilMs = Date.now() + limits.callCountedMs
    sql.exec('INSERT OR REPLACE INTO calls VALUES (?, ?, ?)', room, route, untilMs)
  }

  /** A room that died said no goodbye. */
  #forgetUnheard(): void {
    this.ctx.storage.sql.exec('DELETE FROM calls WHERE until_ms <= ?', Date.now())
  }
}

/** A room's way there. What was not heard is not said again: numbers are worth no queue. */
export class RouteTeller {
  readonly #env: Env
  readonly #who: { readonly room: string }
  readonly #room: string
  /** One for all words, so that they keep their order; another one after a failure. */
  #stub: DurableObjectStub<RouteTally> | null = null

  constructor(env: Env, room: string, who: { readonly room: string }) {
    this.#env = env
    this.#room = room
    this.#who = who
  }

  async tell(words: readonly RouteWord[]): Promise<void> {
    this.#stub ??= tallyOf(this.#env)
    try {
      await this.#stub.note(this.#room, words)
    } catch {
      this.#stub = null
      log('warn', 'route-not-counted', { ...this.#who, words: words.length })
    }
  }
}
