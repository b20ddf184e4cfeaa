/** Reads a request's JSON body: size while reading and before parsing, then shape (VR2). */
import { fail, ok, type Result } from '@video-room/shared/lang.ts'
import { limits } from '@video-room/shared/limits.ts'
import * as v from 'valibot'

type BodyError = 'body_too_large' | 'unsupported_media_type' | 'bad_request'
export type BodyRefusal = { readonly ok: false; readonly code: BodyError; readonly field?: string }

/** At most the limit, whatever `Content-Length` says or leaves out. */
async function readBounded(request: Request): Promise<Result<string, 'body_too_large'>> {
  if (Number(request.headers.get('Content-Length') ?? 0) > limits.bodyMaxBytes) return fail('body_too_large')
  if (request.body === null) return ok('')
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  // Leaving the loop early cancels the rest of the body.
  for await (const chunk of request.body) {
    bytes += chunk.byteLength
    if (bytes > limits.bodyMaxBytes) return fail('body_too_large')
    text += decoder.decode(chunk, { stream: true })
  }
  return ok(text + decoder.decode())
}

/** An empty body stands for `{}`. `defaults` fill what an object leaves out, before the schema's own. */
export async function readBody<Schema extends v.GenericSchema>(
  request: Request,
  schema: Schema,
  defaults: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly ok: true; readonly value: v.InferOutput<Schema> } | BodyRefusal> {
  const text = await readBounded(request)
  if (!text.ok) return text
  if (text.value === '') return checked(schema, defaults)
  // A page of another origin can send any other type without asking first (Fetch, section 4.8).
  const type = request.headers.get('Content-Type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') return fail('unsupported_media_type')
  let json: unknown
  try {
    json = JSON.parse(text.value)
  } catch {
    return fail('bad_request')
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return fail('bad_request')
  return checked(schema, { ...defaults, ...json })
}

function checked<Schema extends v.GenericSchema>(
  schema: Schema,
  json: unknown,
): { readonly ok: true; readonly value: v.InferOutput<Schema> } | BodyRefusal {
  const parsed = v.safeParse(schema, json)
  if (parsed.success) return ok(parsed.output)
  const field = parsed.issues[0]?.path?.map((item) => String(item.key)).join('.')
  return { ok: false, code: 'bad_request', ...(field === undefined ? {} : { field: field.slice(0, 128) }) }
}
