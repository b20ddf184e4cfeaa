/** Long enough for `start` to arrive and the offer to be asked for, too short to be seen: two frames of a screen. */
const waitMs = 33

/** Settles when the room's first words after the welcome have most likely been heard. */
export const negotiationFirst = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, waitMs)
  })
