/**
 * Decides: bytes ↔ messages of relays, under the same bounds as everyone's (codec.ts, rules VR1–VR4).
 * Does not decide: what is done with them. Apart from codec.ts, so that no browser loads what it never hears.
 * Invariants: as there.
 */
import type { Result } from '../lang.ts'
import { limits } from '../limits.ts'
import { decode, encode, type DecodeError } from './codec.ts'
import {
  registryToRelaySchema,
  relayToRegistrySchema,
  relayToRoomSchema,
  roomToRelaySchema,
  type RegistryToRelay,
  type RelayToRegistry,
  type RelayToRoom,
  type RoomToRelay,
} from './relay-messages.ts'

export const encodeRelayToRegistry = (message: RelayToRegistry): string => encode(message)
export const encodeRegistryToRelay = (message: RegistryToRelay): string => encode(message)
export const encodeRoomToRelay = (message: RoomToRelay): string => encode(message)
export const encodeRelayToRoom = (message: RelayToRoom): string => encode(message)

export const decodeRelayToRegistry = (data: unknown): Result<RelayToRegistry, DecodeError> =>
  decode(data, relayToRegistrySchema, limits.messageMaxBytes)

export const decodeRegistryToRelay = (data: unknown): Result<RegistryToRelay, DecodeError> =>
  decode(data, registryToRelaySchema, limits.messageMaxBytes)

export const decodeRoomToRelay = (data: unknown): Result<RoomToRelay, DecodeError> =>
  decode(data, roomToRelaySchema, limits.roomMessageMaxBytes)

export const decodeRelayToRoom = (data: unknown): Result<RelayToRoom, DecodeError> =>
  decode(data, relayToRoomSchema, limits.messageMaxBytes)
