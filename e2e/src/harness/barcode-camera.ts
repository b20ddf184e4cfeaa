/** A camera whose every picture carries its number: a file for `--use-file-for-fake-video-capture`, which begins anew at its end. */
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cellCount, cellsOf, codeCount } from './barcode.ts'

const width = 320
const height = 180
export const framesPerSecond = 15

/** The bars take this much of the height, at the top: a quarter-size layer still has eleven rows of them. */
const barRows = height / 6

export interface BarcodeCamera {
  /** Words for Chromium. */
  readonly args: readonly string[]
  remove(): Promise<void>
}

/** Luma of one picture, then both chromas (4:2:0), which stay grey. Below the bars a grey field, cheap to encode. */
function frameOf(code: number): Buffer {
  const frame = Buffer.alloc((width * height * 3) / 2, 128)
  const row = Buffer.alloc(width)
  const cells = cellsOf(code)
  for (let x = 0; x < width; x += 1) row[x] = cells[Math.floor((x * cellCount) / width)] === true ? 235 : 16
  for (let y = 0; y < barRows; y += 1) row.copy(frame, y * width)
  return frame
}

export async function makeBarcodeCamera(): Promise<BarcodeCamera> {
  const folder = await mkdtemp(join(tmpdir(), 'video-room-camera-'))
  const path = join(folder, 'barcode.y4m')
  const file = await open(path, 'w')
  await file.write(`YUV4MPEG2 W${width} H${height} F${framesPerSecond}:1 Ip A1:1 C420jpeg\n`)
  for (let code = 0; code < codeCount; code += 1) {
    await file.write('FRAME\n')
    await file.write(frameOf(code))
  }
  await file.close()
  return {
    args: [`--use-file-for-fake-video-capture=${path}`],
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
