/**
 * The shape of every control core: events go in carrying their time, a new state and effects come out.
 * A core never reads a clock, draws a random number, or touches the outside.
 */

/** What a reducer returns: the next state (the same object when nothing changed) and what the shell must do. */
export interface Step<State, Effect> {
  readonly state: State
  readonly effects: readonly Effect[]
}

export const step = <State, Effect>(state: State, ...effects: readonly Effect[]): Step<State, Effect> => ({
  state,
  effects,
})

/** The earliest of several deadlines (milliseconds of the caller's clock), or null when none is armed. */
export function earliest(...deadlines: readonly (number | null)[]): number | null {
  let first: number | null = null
  for (const deadline of deadlines) {
    if (deadline !== null && (first === null || deadline < first)) first = deadline
  }
  return first
}

/** Goes on from a step with the next function, gathering the effects of both in order. */
export function andThen<State, Effect>(
  before: Step<State, Effect>,
  next: (state: State) => Step<State, Effect>,
): Step<State, Effect> {
  const after = next(before.state)
  if (before.effects.length === 0) return after
  return { state: after.state, effects: [...before.effects, ...after.effects] }
}
