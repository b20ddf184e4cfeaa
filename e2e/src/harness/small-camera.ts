/**
 * Smaller cameras than a page asks for: encoding is most of what a call costs. Both run inside the page, before its own scripts:
 * they must not refer to anything outside themselves.
 */
export function installSmallCamera(): void {
  // The rate of the calm camera (chromium.ts), for browsers that have no word for it.
  const size = { width: 640, height: 360, frameRate: 10 }
  const native = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  navigator.mediaDevices.getUserMedia = (constraints) => {
    const video = constraints?.video
    if (video === undefined || video === false) return native(constraints)
    return native({ ...constraints, video: typeof video === 'object' ? { ...video, ...size } : size })
  }
}

/** A mesh of four on two cores encodes twelve pictures and cleans four sounds. */
export function installTinyCamera(): void {
  const native = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  navigator.mediaDevices.getUserMedia = (constraints) =>
    native({
      video: constraints?.video ? { width: 160, height: 90, frameRate: 5 } : false,
      audio: constraints?.audio
        ? { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
        : false,
    })
}
