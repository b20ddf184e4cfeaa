/** What the acceptance suite of room info stores orders, and how it names people. */
import {
  occupantIdSchema,
  secretHashSchema,
  type OccupantId,
  type SecretHash,
} from '@video-room/shared/ids.ts'
import { defaultSettings } from '@video-room/shared/room-info.ts'
import * as v from 'valibot'
import type { CreateOrder } from './room-info-store.ts'

export const startMs = 1_000_000
export const holdMs = 60_000
export const id = (name: string | number): OccupantId =>
  v.parse(occupantIdSchema, `o_${String(name).padEnd(16, '_')}`)

export const hash = (name: string): SecretHash => v.parse(secretHashSchema, name.padEnd(43, '_'))

export const order = (maxParticipants = 1): CreateOrder => ({
  settings: { ...defaultSettings, maxParticipants },
  expiresAtMs: startMs + 3_600_000,
  lifetimeMs: 3_600_000,
  hostTokenHash: hash('host'),
  creatorId: 'acme',
})
