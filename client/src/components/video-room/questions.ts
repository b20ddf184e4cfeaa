/** The questions before something that cannot be undone, and the link for copying by hand. */
import type { DialogContent } from '../confirm-dialog/confirm-dialog.ts'
import { words } from '../words.ts'

/** A dialog with what happens when the person confirms. */
export type Question = DialogContent & { readonly run: () => void }

export const removeQuestion = (name: string, run: () => void): Question => ({
  title: words.removeQuestion(name),
  hint: words.removeHint,
  confirm: words.remove,
  text: null,
  run,
})

export const handOverQuestion = (name: string, run: () => void): Question => ({
  title: words.handOverQuestion(name),
  hint: words.handOverHint,
  confirm: words.handOver,
  text: null,
  run,
})

export const endQuestion = (run: () => void): Question => ({
  title: words.endRoomQuestion,
  hint: words.endRoomHint,
  confirm: words.endRoomConfirm,
  text: null,
  run,
})

export const linkToCopy = (link: string): Question => ({
  title: words.copyByHand,
  hint: words.copyByHandHint,
  confirm: null,
  text: link,
  run: () => {},
})
