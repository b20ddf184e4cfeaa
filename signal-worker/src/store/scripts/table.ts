/** Every script by name: what a room may ask of Redis, and nothing else. */
import { entriesOf } from '@video-room/shared/lang.ts'
import { admitScript } from './admit.ts'
import {
  barScript,
  endScript,
  handOverScript,
  leaveScript,
  presenceScript,
  promoteScript,
  settingsScript,
  settleScript,
} from './changes.ts'
import { commonLines } from './common.ts'
import { createScript } from './create.ts'
import { readScript } from './read.ts'
import { reassertScript } from './reassert.ts'

const bodies = {
  create: createScript,
  admit: admitScript,
  presence: presenceScript,
  settings: settingsScript,
  'hand-over': handOverScript,
  promote: promoteScript,
  leave: leaveScript,
  bar: barScript,
  end: endScript,
  settle: settleScript,
  read: readScript,
  reassert: reassertScript,
} as const
export type ScriptName = keyof typeof bodies
export const scriptNames = entriesOf(bodies).map(([name]) => name)

export const scriptText = (name: ScriptName): string => commonLines + bodies[name]
