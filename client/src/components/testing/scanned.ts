/** Reads a QR code as a phone does: from pixels. */
import jsQR from 'jsqr'

/** As the code looks on a screen: no finer than that. */
const sidePx = 240

/** What stands in the code that `drawing` shows, or null when nothing can be read. */
export async function scanned(drawing: Element): Promise<string | null> {
  const { width, height } = drawing.getBoundingClientRect()
  if (width < 100 || height < 100) throw new Error('the code is too small for a camera')
  const { fill, backgroundColor } = getComputedStyle(drawing)
  const copy = document.createElement('div')
  copy.append(drawing.cloneNode(true))
  const svg = copy.querySelector('svg')
  svg?.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  svg?.setAttribute('width', String(sidePx))
  svg?.setAttribute('height', String(sidePx))
  svg?.setAttribute('fill', fill)
  const image = new Image()
  image.src = `data:image/svg+xml,${encodeURIComponent(copy.innerHTML.replaceAll(/<!--.*?-->/gu, ''))}`
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = sidePx
  canvas.height = sidePx
  const context = canvas.getContext('2d')
  if (context === null) throw new Error('no canvas')
  context.fillStyle = backgroundColor
  context.fillRect(0, 0, sidePx, sidePx)
  context.drawImage(image, 0, 0, sidePx, sidePx)
  const { data } = context.getImageData(0, 0, sidePx, sidePx)
  return jsQR(data, sidePx, sidePx)?.data ?? null
}
