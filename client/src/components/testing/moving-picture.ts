/** A picture that moves: one colour that trembles, so that there are frames. */
const width = 64
const height = 36

type Colour = readonly [red: number, green: number, blue: number]

/** Nothing at all before `startMs`; it goes on until its track is stopped. */
export function movingPicture(
  colour: Colour,
  startMs = 0,
  canvas = document.createElement('canvas'),
): MediaStreamTrack {
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d')
  const [track] = canvas.captureStream(30).getVideoTracks()
  if (track === undefined || context === null) throw new Error('no canvas')
  let count = 0
  const paint = (): void => {
    count += 1
    context.fillStyle = `rgb(${colour.map((part) => Math.max(0, part - (count % 2) * 8)).join()})`
    context.fillRect(0, 0, width, height)
    if (track.readyState === 'live') requestAnimationFrame(paint)
  }
  if (startMs === 0) paint()
  else setTimeout(paint, startMs)
  return track
}
