/** A relay in a test of the worker: it says to registry and rooms what a relay says, and carries no media. */
import { env } from 'cloudflare:workers'
import { relayIdSchema, secretSchema, type RelayId, type RoomId } from '@video-room/shared/ids.ts'
import {
  decodeRegistryToRelay,
  decodeRoomToRelay,
  encodeRelayToRegistry,
  encodeRelayToRoom,
} from '@video-room/shared/protocol/relay-codec.ts'
import type {
  RegistryToRelay,
  RelayToRegistry,
  RelayToRoom,
  RoomToRelay,
} from '@video-room/shared/protocol/relay-messages.ts'
import { relayProtocol, tokenProtocolPrefix } from '@video-room/shared/protocol/version.ts'
import * as v from 'valibot'
import { Probe, upgradeAt, type SocketProbe } from './worker-fixture.ts'

/** Stands in vitest.workers.config.ts, hashed. */
export const relayKey = 'relay-key-of-these-tests-0123456789'

export const relayIdOf = (name: string): RelayId => v.parse(relayIdSchema, `r_${name.padEnd(16, '_')}`)

export const registry = () => env.RELAY_REGISTRY.get(env.RELAY_REGISTRY.idFromName('relays'))

export type RegistryProbe = Probe<RegistryToRelay, RelayToRegistry>
export type RelayProbe = Probe<RoomToRelay, RelayToRoom>

export const protocolsOf = (token: string): readonly string[] => [
  relayProtocol,
  `${tokenProtocolPrefix}${token}`,
]

export const helloOf = (name: string) =>
  ({
    type: 'relay-hello',
    relayId: relayIdOf(name),
    region: `${name} town`,
    candidates: [
      { protocol: 'udp', address: '192.0.2.77', port: 3478 },
      { protocol: 'tcp', address: '2001:db8::77', port: 443 },
    ],
    fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
    iceKey: v.parse(secretSchema, name.padEnd(43, 'k')),
    capacity: 100,
  }) satisfies RelayToRegistry

export async function toRegistry(key = relayKey, cf = {}): Promise<RegistryProbe> {
  return new Probe(await upgradeAt('/relay/socket', protocolsOf(key), {}, cf), {
    decode: decodeRegistryToRelay,
    encode: encodeRelayToRegistry,
  })
}

/** A relay that the registry knows. */
export async function register(name: string, facts: object = {}, cf = {}): Promise<RegistryProbe> {
  const socket = await toRegistry(relayKey, cf)
  socket.send({ ...helloOf(name), ...facts })
  await socket.next('registered')
  return socket
}

/** `query`: what the address ends with. */
export async function toRoom(roomId: RoomId | string, token: string, query = ''): Promise<RelayProbe> {
  return new Probe(await upgradeAt(`/room/${roomId}/relay${query}`, protocolsOf(token)), {
    decode: decodeRoomToRelay,
    encode: encodeRelayToRoom,
  })
}

/** Rooms of earlier tests may still be asking; only this one's summons are of interest. */
export async function summonTo(roomId: string, relay: RegistryProbe): Promise<string> {
  for (;;) {
    const summon = await relay.next('summon')
    if (summon.roomId === roomId) return summon.secret
  }
}

/** A relay that the registry knows comes to the room that summons it. */
export async function arrive({ roomId }: { readonly roomId: string }, relay: RegistryProbe) {
  const secret = await summonTo(roomId, relay)
  const socket = await toRoom(roomId, secret)
  const welcome = await socket.next('relay-welcome')
  return { secret, socket, welcome, links: await socket.next('relay-links') }
}

/** Everyone has seen all of the route that is prepared; the patch that commits it. */
export async function migrated(sockets: readonly [SocketProbe, ...SocketProbe[]]) {
  const [first] = sockets
  for (;;) {
    const { migration, route } = (await first.next('room-changed')).patch
    if (route !== undefined) return { route }
    const isWhole = migration && (migration.kind === 'mesh' || migration.relays.length > 0)
    if (!isWhole) continue
    for (const socket of sockets) socket.send({ type: 'route-ready', epoch: migration.epoch })
  }
}
