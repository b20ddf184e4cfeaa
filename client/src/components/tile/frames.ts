/** When a `<video>` has a picture on the screen: of that depends when another may go. */

/** Chromium presents a black frame of two by two while a received track has no picture yet. */
export const placeholderPx = 2

/** Calls back once, at the next picture that the element presents; answers with the way to stop waiting. */
export function onFrame(video: HTMLVideoElement, presented: () => void): () => void {
  if (!('requestVideoFrameCallback' in video)) return onTime(video, presented)
  let handle = 0
  const wait = (): void => {
    handle = video.requestVideoFrameCallback((_now, { width }) =>
      width > placeholderPx ? presented() : wait(),
    )
  }
  wait()
  return () => video.cancelVideoFrameCallback(handle)
}

/** Browsers without `requestVideoFrameCallback` (Firefox before 132): a picture is there, and its time goes on. */
export function onTime(video: HTMLVideoElement, presented: () => void): () => void {
  const waiting = new AbortController()
  const look = (): void => {
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth <= placeholderPx) return
    waiting.abort()
    presented()
  }
  for (const type of ['loadeddata', 'timeupdate']) {
    video.addEventListener(type, look, { signal: waiting.signal })
  }
  return () => waiting.abort()
}
