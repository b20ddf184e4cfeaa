/** What the control core orders for one link, in the words of media/boundary.ts: links by their indexes. */
import type { LinkId } from '@video-room/shared/ids.ts'
import { assertNever } from '@video-room/shared/lang.ts'
import type { LinkCommand, LinkPublication } from '../control/link-command.ts'
import type { LinkIndex, MediaCommand, PublicationRef } from '../media/boundary.ts'

type IndexOf = (linkId: LinkId) => LinkIndex | undefined

export function mediaCommand(command: LinkCommand, link: LinkIndex, indexOf: IndexOf): MediaCommand {
  switch (command.type) {
    case 'set-slot':
      return { ...command, link, publication: refOf(command.publication, indexOf) }
    case 'set-trunk': {
      const outgoing = command.outgoing.map(({ mid, source, publication }) => ({
        mid,
        source,
        publication: refOf(publication, indexOf),
      }))
      return { ...command, link, outgoing }
    }
    case 'set-sections':
    case 'set-admitted':
    case 'set-forwarded':
    case 'set-want':
      return { ...command, link }
    default:
      return assertNever(command)
  }
}

/** A publisher that is gone publishes nothing. */
function refOf(publication: LinkPublication | null, indexOf: IndexOf): PublicationRef | null {
  if (publication === null) return null
  const { linkId, ...rest } = publication
  const link = indexOf(linkId)
  return link === undefined ? null : { link, ...rest }
}
