/** Keeps the resume token of one room where a reload finds it and another tab does not (J6). */
import { secretSchema, type Secret } from '@video-room/shared/ids.ts'
import * as v from 'valibot'
import type { RoomName } from '@video-room/shared/room-name.ts'
import type { StorageLike } from './platform.ts'

export class ResumeStore {
  readonly #storage: StorageLike | null
  readonly #key: string

  constructor(storage: StorageLike | null, roomId: RoomName) {
    this.#storage = storage
    this.#key = `video-room.resume.${roomId}`
  }

  /** Null when nothing is kept, or what is kept is no token. */
  read(): Secret | null {
    const parsed = v.safeParse(
      secretSchema,
      this.#try((storage) => storage.getItem(this.#key)),
    )
    return parsed.success ? parsed.output : null
  }

  save(resumeToken: Secret): void {
    this.#try((storage) => storage.setItem(this.#key, resumeToken))
  }

  forget(): void {
    this.#try((storage) => storage.removeItem(this.#key))
  }

  /** A full or blocked storage costs the resume after a reload, nothing else. */
  #try<Value>(use: (storage: StorageLike) => Value): Value | null {
    try {
      return this.#storage === null ? null : use(this.#storage)
    } catch {
      return null
    }
  }
}
