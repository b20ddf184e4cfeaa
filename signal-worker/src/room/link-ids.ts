/**
 * Decides: the ids of a relay's links and trunks in one room (RL2).
 * Does not decide: where they begin: the shell draws it.
 * Invariants: the same base and count are the same id; 48 bits, as lower-case hex.
 */
import { linkIdSchema, type LinkId } from '@video-room/shared/ids.ts'
import * as v from 'valibot'

const linkIds = 2 ** 48

/** The `count`th id after `base`. */
export const linkIdAt = (base: LinkId, count: number): LinkId =>
  v.parse(linkIdSchema, ((Number.parseInt(base, 16) + count) % linkIds).toString(16).padStart(12, '0'))
