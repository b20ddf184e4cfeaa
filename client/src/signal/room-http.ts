/** The HTTP side of signalling: asking for a seat, and making a room. Refusals are values; nothing here rejects. */
import type { HttpErrorCode } from '@video-room/shared/errors.ts'
import { limits } from '@video-room/shared/limits.ts'
import {
  createResponseSchema,
  errorResponseSchema,
  joinResponseSchema,
  type CreateResponse,
  type JoinRequest,
} from '@video-room/shared/protocol/http.ts'
import type { RoomSettings } from '@video-room/shared/room-info.ts'
import * as v from 'valibot'
import type { JoinAnswer } from '../core/event.ts'
import type { RoomName } from '@video-room/shared/room-name.ts'
import { browserPlatform, type Platform } from '../platform.ts'
import { httpAddress, joinPath } from './address.ts'

export interface Refused {
  readonly ok: false
  /** `unreachable`: no answer in `limits.requestTimeoutMs`, or none that can be read. */
  readonly code: HttpErrorCode | 'unreachable'
  readonly retryAfterMs: number | null
}
type HttpPlatform = Pick<Platform, 'fetch' | 'after' | 'baseUrl'>

const unreachable: Refused = { ok: false, code: 'unreachable', retryAfterMs: null }

interface Post<Body> {
  readonly signal: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
  readonly schema: v.GenericSchema<unknown, Body>
  readonly aborted?: AbortSignal
}

async function post<Body>(
  platform: HttpPlatform,
  wish: Post<Body>,
): Promise<{ readonly ok: true; readonly body: Body } | Refused> {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  const cancelTimer = platform.after(limits.requestTimeoutMs, abort)
  wish.aborted?.addEventListener('abort', abort)
  if (wish.aborted?.aborted === true) abort()
  try {
    const response = await platform.fetch(httpAddress(wish.signal, platform.baseUrl, wish.path), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...wish.headers },
      body: JSON.stringify(wish.body),
      signal: controller.signal,
      // A seat is never answered from a cache, and no cookie has a say in it.
      cache: 'no-store',
      credentials: 'omit',
    })
    const json: unknown = await response.json()
    return response.ok ? bodyOf(json, wish.schema) : refusalOf(json)
  } catch {
    // No network, a timeout, an abort, or an answer that is no JSON: to the person all the same.
    return unreachable
  } finally {
    cancelTimer()
    wish.aborted?.removeEventListener('abort', abort)
  }
}

function bodyOf<Body>(
  json: unknown,
  schema: v.GenericSchema<unknown, Body>,
): { ok: true; body: Body } | Refused {
  const parsed = v.safeParse(schema, json)
  return parsed.success ? { ok: true, body: parsed.output } : unreachable
}

function refusalOf(json: unknown): Refused {
  const parsed = v.safeParse(errorResponseSchema, json)
  if (!parsed.success) return unreachable
  const { code, retryAfterMs = null } = parsed.output.error
  return { ok: false, code, retryAfterMs }
}

/** `POST /room/:id/join` (HT3–HT5). */
export async function joinRoom(
  platform: HttpPlatform,
  wish: {
    readonly signal: string
    readonly roomId: RoomName
    readonly request: JoinRequest
    readonly aborted: AbortSignal
  },
): Promise<JoinAnswer> {
  const answer = await post(platform, {
    signal: wish.signal,
    path: joinPath(wish.roomId),
    body: wish.request,
    schema: joinResponseSchema,
    aborted: wish.aborted,
  })
  return answer.ok ? { ok: true, response: answer.body } : answer
}

/** The settings that are left out are the deployment's defaults (shared/src/room-info.ts). */
export interface CreateRoomWish extends Readonly<Partial<RoomSettings>> {
  /** Address of the signalling service, absolute or relative to the page. */
  readonly signal: string
  /** The creator's secret. It belongs on a server; in a page only for demonstrations. */
  readonly creatorKey: string
  /** How long the room may live, milliseconds. */
  readonly lifetimeMs?: number
  /** The same key again answers the same room (HT2). */
  readonly idempotencyKey?: string
}
export type CreateRoomResult = { readonly ok: true; readonly room: CreateResponse } | Refused

/** `POST /room/create` (HT1, HT2). Never rejects: a refusal is a value with its code. */
export async function createRoom(
  wish: CreateRoomWish,
  platform: HttpPlatform = browserPlatform(),
): Promise<CreateRoomResult> {
  const { signal, creatorKey, idempotencyKey, ...settings } = wish
  const answer = await post(platform, {
    signal,
    path: '/room/create',
    headers: {
      authorization: `Bearer ${creatorKey}`,
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    body: settings,
    schema: createResponseSchema,
  })
  return answer.ok ? { ok: true, room: answer.body } : answer
}
