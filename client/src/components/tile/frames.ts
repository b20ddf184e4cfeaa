/** When a `<video>` has a picture on the screen: of that depends when another may go. */

/** Calls back once, at the next frame that the element presents; answers with the way to stop waiting. */
export function onFrame(video: HTMLVideoElement, presented: () => void): () => void {
  if ('requestVideoFrameCallback' in video) {
    const handle = video.requestVideoFrameCallback(presented)
    return () => video.cancelVideoFrameCallback(handle)
  }
  return onTime(video, presented)
}

/** Browsers without `requestVideoFrameCallback` (Firefox before 132): a picture is there, and its time goes on. */
export function onTime(video: HTMLVideoElement, presented: () => void): () => void {
  const waiting = new AbortController()
  const look = (): void => {
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return
    waiting.abort()
    presented()
  }
  for (const type of ['loadeddata', 'timeupdate']) {
    video.addEventListener(type, look, { signal: waiting.signal })
  }
  return () => waiting.abort()
}
