/**
 * Decides: who may do what in a room.
 * Does not decide: whether the thing makes sense now (the reducers do).
 * Invariants: the worker asks this table for every action; the client asks it only to hide buttons.
 */
export type Role = 'host' | 'participant'

export const actions = ['publish', 'signal', 'leave', 'mute-occupant', 'remove-occupant', 'end-room'] as const
export type Action = (typeof actions)[number]

const table: Readonly<Record<Action, Readonly<Record<Role, boolean>>>> = {
  publish: { host: true, participant: true },
  signal: { host: true, participant: true },
  leave: { host: true, participant: true },
  'mute-occupant': { host: true, participant: false },
  'remove-occupant': { host: true, participant: false },
  'end-room': { host: true, participant: false },
}

export const may = (role: Role, action: Action): boolean => table[action][role]
