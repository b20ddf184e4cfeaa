/** Takes the edge's word of where a request comes from along to an object, which is not told what the worker is. */
import * as v from 'valibot'
import { whereaboutsOf, whereaboutsSchema, type Whereabouts } from './relays/whereabouts.ts'

const header = 'X-Whereabouts'

/** Whatever the far end wrote there itself is gone. */
export function withWhereabouts(request: Request): Request {
  const headers = new Headers(request.headers)
  const found = whereaboutsOf(request.cf)
  if (found === null) headers.delete(header)
  else headers.set(header, JSON.stringify(found))
  return new Request(request, { headers })
}

const headerSchema = v.pipe(v.string(), v.parseJson(), whereaboutsSchema)

/** Of a request that came by `withWhereabouts`. */
export function whereaboutsIn(request: Request): Whereabouts | null {
  const found = v.safeParse(headerSchema, request.headers.get(header))
  return found.success ? found.output : null
}
