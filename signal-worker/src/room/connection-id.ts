/** Names one socket for as long as it lives. Drawn by the shell. */
import * as v from 'valibot'

export const connectionIdSchema = v.pipe(
  v.string(),
  v.regex(/^c_[A-Za-z0-9_-]{16}$/),
  v.brand('ConnectionId'),
)
export type ConnectionId = v.InferOutput<typeof connectionIdSchema>
