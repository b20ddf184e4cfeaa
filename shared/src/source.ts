/** What an occupant can send, and which media section of a link carries it. */
import * as v from 'valibot'

export const sources = ['microphone', 'camera', 'screen', 'screen-audio'] as const
export const sourceSchema = v.picklist(sources)
export type Source = v.InferOutput<typeof sourceSchema>

export type MediaKind = 'audio' | 'video'

export const kindOf: Readonly<Record<Source, MediaKind>> = {
  microphone: 'audio',
  camera: 'video',
  screen: 'video',
  'screen-audio': 'audio',
}

/**
 * The order of the media sections of every link (rule LK2 of PROTOCOL.md). A source never moves to another
 * section, so a received track is named by its position and no track ids travel by signalling.
 */
export const sectionOrder: readonly Source[] = sources
