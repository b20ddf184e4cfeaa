/**
 * Decides: who may do what in a room.
 * Does not decide: whether the thing makes sense now (the reducers do).
 * Invariants: the worker asks this table for every action; the client asks it only to hide buttons.
 */
export type Role = 'host' | 'participant'

export const actions = [
  'publish',
  'signal',
  'leave',
  'admit',
  'change-settings',
  'mute-occupant',
  'ask-unmute',
  'remove-occupant',
  'hand-over',
  'end-room',
] as const
export type Action = (typeof actions)[number]

const table: Readonly<Record<Action, Readonly<Record<Role, boolean>>>> = {
  publish: { host: true, participant: true },
  signal: { host: true, participant: true },
  leave: { host: true, participant: true },
  admit: { host: true, participant: false },
  'change-settings': { host: true, participant: false },
  'mute-occupant': { host: true, participant: false },
  'ask-unmute': { host: true, participant: false },
  'remove-occupant': { host: true, participant: false },
  'hand-over': { host: true, participant: false },
  'end-room': { host: true, participant: false },
}

export const may = (role: Role, action: Action): boolean => table[action][role]
