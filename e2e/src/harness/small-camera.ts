/** Runs inside the page: whatever size of camera a page asks for, it gets a small one. Encoding is most of what a call costs. */
export function installSmallCamera(): void {
  const size = { width: 640, height: 360 }
  const native = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  navigator.mediaDevices.getUserMedia = (constraints) => {
    const video = constraints?.video
    if (video === undefined || video === false) return native(constraints)
    return native({ ...constraints, video: typeof video === 'object' ? { ...video, ...size } : size })
  }
}
