import type { LinkId } from '@video-room/shared/ids.ts'
import { expect, it } from 'vitest'
import { mediaCommand } from './media-commands.ts'
import { randomLinkId } from './testing/tickets.ts'

const publisher = randomLinkId()
const gone = randomLinkId()
const indexOf = (linkId: LinkId): number | undefined => (linkId === publisher ? 4 : undefined)

it('what names no other link goes on as it is', () => {
  expect(mediaCommand({ type: 'set-admitted', isAdmitted: true }, 2, indexOf)).toEqual({
    type: 'set-admitted',
    link: 2,
    isAdmitted: true,
  })
})

it('a slot is pointed at a link by its index, and at a section of a trunk; one of a link that is gone is empty', () => {
  const slotOf = (linkId: LinkId, mid?: string) =>
    mediaCommand(
      {
        type: 'set-slot',
        slot: 3,
        publication: { linkId, source: 'camera', ...(mid === undefined ? {} : { mid }) },
      },
      2,
      indexOf,
    )
  const slot = { type: 'set-slot', link: 2, slot: 3 }
  expect(slotOf(publisher)).toEqual({ ...slot, publication: { link: 4, source: 'camera' } })
  expect(slotOf(publisher, '1cA')).toEqual({
    ...slot,
    publication: { link: 4, source: 'camera', mid: '1cA' },
  })
  expect(slotOf(gone)).toEqual({ ...slot, publication: null })
  expect(mediaCommand({ type: 'set-slot', slot: 3, publication: null }, 2, indexOf)).toEqual({
    ...slot,
    publication: null,
  })
})

it('the lists of a trunk keep what is not here', () => {
  const incoming = [{ mid: '1mB', source: 'microphone', isForwarded: true }] as const
  const command = mediaCommand(
    {
      type: 'set-trunk',
      incoming,
      outgoing: [
        { mid: '1cA', source: 'camera', publication: { linkId: publisher, source: 'camera' } },
        {
          mid: '2mC',
          source: 'microphone',
          publication: { linkId: publisher, source: 'microphone', mid: '1mC' },
        },
        { mid: '1sA', source: 'screen', publication: { linkId: gone, source: 'screen' } },
        { mid: '1aA', source: 'screen-audio', publication: null },
      ],
    },
    2,
    indexOf,
  )
  expect(command).toEqual({
    type: 'set-trunk',
    link: 2,
    incoming,
    outgoing: [
      { mid: '1cA', source: 'camera', publication: { link: 4, source: 'camera' } },
      { mid: '2mC', source: 'microphone', publication: { link: 4, source: 'microphone', mid: '1mC' } },
      { mid: '1sA', source: 'screen', publication: null },
      { mid: '1aA', source: 'screen-audio', publication: null },
    ],
  })
})
