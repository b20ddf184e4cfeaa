/** A picture for tests: a grey JPEG of 8 × 6 pixels. */
import * as v from 'valibot'
import { knockPictureSchema, type KnockPicture } from '../knock-picture.ts'

export const smallJpeg: KnockPicture = v.parse(
  knockPictureSchema,
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI//////////////////////' +
    '//////////////////////////////2wBDAVVaWnhpeOuCguv/////////////////////////////////////////' +
    '////////////////////////////////wAARCAAGAAgDASIAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EAB' +
    'QQAQAAAAAAAAAAAAAAAAAAAAD/xAAUAQEAAAAAAAAAAAAAAAAAAAAA/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwD' +
    'AQACEQMRAD8AAA//2Q==',
)
