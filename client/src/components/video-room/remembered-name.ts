/** The name someone gave last time, so that it is typed once. Kept in this browser only. */
const key = 'video-room.display-name'

export function rememberedName(): string {
  try {
    return localStorage.getItem(key) ?? ''
  } catch {
    return ''
  }
}

export function rememberName(displayName: string): void {
  try {
    localStorage.setItem(key, displayName)
  } catch {
    // Without storage the name is typed again next time.
  }
}
