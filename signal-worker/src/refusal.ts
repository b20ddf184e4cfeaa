/** A refusal over HTTP: one shape for all (PROTOCOL.md, HT). */
import { httpStatusOf, retryable, type HttpErrorCode } from '@video-room/shared/errors.ts'
import type { ErrorResponse } from '@video-room/shared/protocol/http.ts'

export interface RefusalDetails {
  /** Which field was wrong. Never its value. */
  readonly field?: string
  readonly retryAfterMs?: number
  /** For 405 (RFC 9110, section 15.5.6). */
  readonly allow?: string
}

/** When a store or a rate gives no better hint. */
const retryDefaultMs = 1_000

export function refusal(code: HttpErrorCode, details: RefusalDetails = {}): Response {
  const { field, allow } = details
  const waitMs = details.retryAfterMs ?? (retryable.has(code) ? retryDefaultMs : undefined)
  const body: ErrorResponse = {
    error: {
      code,
      ...(field === undefined ? {} : { field }),
      ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    },
  }
  const headers = new Headers()
  if (waitMs !== undefined) headers.set('Retry-After', String(Math.ceil(waitMs / 1_000)))
  if (allow !== undefined) headers.set('Allow', allow)
  if (code === 'creator_proof_required' || code === 'operator_key_required')
    headers.set('WWW-Authenticate', 'Bearer')
  return Response.json(body, { status: httpStatusOf[code], headers })
}
