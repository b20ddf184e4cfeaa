import { describe, expect, test } from 'vitest'
import { KeyFrameRequests } from './key-frame-requests.ts'

describe('key frame requests', () => {
  test('T3: any number of wishes within half a second is one request', () => {
    const requests = new KeyFrameRequests()
    let sent = 0
    for (let nowMs = 0; nowMs < 500; nowMs += 10) {
      requests.wish()
      if (requests.take(nowMs)) sent += 1
    }
    expect(sent).toBe(1)
  })

  test('a request is repeated until the key frame is there', () => {
    const requests = new KeyFrameRequests()
    requests.wish()
    expect([0, 499, 500, 999, 1_000].map((nowMs) => requests.take(nowMs))).toEqual([
      true,
      false,
      true,
      false,
      true,
    ])
    requests.keyFrameCame()
    expect(requests.nextMs).toBe(Infinity)
    expect(requests.take(2_000)).toBe(false)
  })

  test('a wish after the key frame is a new one, and keeps the distance', () => {
    const requests = new KeyFrameRequests()
    requests.wish()
    requests.take(0)
    requests.keyFrameCame()
    requests.wish()
    expect(requests.nextMs).toBe(500)
    expect(requests.take(100)).toBe(false)
    expect(requests.take(500)).toBe(true)
  })

  test('nobody is asked for ever', () => {
    const requests = new KeyFrameRequests()
    requests.wish()
    let sent = 0
    for (let nowMs = 0; nowMs < 60_000; nowMs += 100) if (requests.take(nowMs)) sent += 1
    expect(sent).toBe(20)
    requests.wish()
    expect(requests.take(61_000)).toBe(true)
  })
})
