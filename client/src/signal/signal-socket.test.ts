import { limits } from '@video-room/shared/limits.ts'
import { describe, expect, test } from 'vitest'
import { tokenA } from '../core/testing/session-walk.ts'
import { FakeMachine } from '../testing/fake-room.ts'
import { socketAddress } from './address.ts'
import { SignalSocket } from './signal-socket.ts'

const roomId = '11111111-1111-4111-8111-111111111111' as Parameters<typeof socketAddress>[2]

function open() {
  const machine = new FakeMachine()
  const heard: string[] = []
  const lost: number[] = []
  const socket = new SignalSocket(machine.platform, 'wss://signal.example/room/x/socket', tokenA, {
    onMessage: ({ type }) => heard.push(type),
    onLost: (code) => lost.push(code),
  })
  machine.socket.fire('open')
  return { machine, wire: machine.socket, socket, heard, lost }
}

describe('the socket to a room', () => {
  test('SK2 offers the version and the token as subprotocols, and the address holds neither', () => {
    const { wire } = open()
    expect(wire.protocols).toEqual(['video-room.v1', `video-room.token.${tokenA}`])
    expect(wire.address).not.toContain(tokenA)
  })

  test('SK1 finds the address from an absolute or relative signalling service', () => {
    expect(socketAddress('https://signal.example', null, roomId)).toBe(
      `wss://signal.example/room/${roomId}/socket`,
    )
    expect(socketAddress('/v/', 'http://a.example:8080/p?q#h', roomId)).toBe(
      `ws://a.example:8080/v/room/${roomId}/socket`,
    )
    expect(() => socketAddress('/', null, roomId)).toThrow()
  })

  test('VR6 PR3 pings every 10 s and takes a missing pong for a loss', async () => {
    const { machine, wire, lost } = open()
    await machine.clock.pass(limits.heartbeatMs)
    expect(wire.sent).toEqual(['ping'])
    wire.fire('message', { data: 'pong' })
    await machine.clock.pass(limits.heartbeatMs)
    expect(wire.sent).toEqual(['ping', 'ping'])
    await machine.clock.pass(limits.pongTimeoutMs)
    expect(lost).toEqual([1006])
    expect(wire.closedWith).toBe(1000)
    expect(machine.clock.armed).toBe(0)
  })

  test('SK6 says nothing into a socket that the far end is closing, and hears why it closed', () => {
    const { wire, socket, lost } = open()
    wire.readyState = 2
    socket.send({ type: 'leave' })
    socket.probe()
    expect(wire.sent).toEqual([])
    wire.fire('close', { code: 4403 })
    expect(lost).toEqual([4403])
  })

  test('VR6 a probe asks at once, and any message is a sign of life', async () => {
    const { machine, wire, socket, lost } = open()
    socket.probe()
    socket.probe()
    expect(wire.sent).toEqual(['ping'])
    wire.say({ type: 'start', links: [] })
    await machine.clock.pass(limits.pongTimeoutMs)
    expect(lost).toEqual([])
  })

  test('VR3 a message that cannot be read restarts the socket, and later ones are not heard', () => {
    for (const data of [
      '{',
      '{"v":2,"type":"start"}',
      new ArrayBuffer(1),
      'x'.repeat(limits.messageMaxBytes + 1),
    ]) {
      const { wire, heard, lost } = open()
      wire.fire('message', { data })
      wire.say({ type: 'start', links: [] })
      wire.fire('close', { code: 4410 })
      expect([lost, heard, wire.closedWith]).toEqual([[1006], [], 1000])
    }
  })

  test('SK6 tells the codes of the room as they are, all others as a lost network, once', () => {
    for (const [code, told] of [
      [4409, 4409],
      [4500, 4500],
      [1001, 1006],
      [4999, 1006],
    ]) {
      const { wire, lost } = open()
      wire.fire('close', { code })
      wire.fire('close', { code })
      expect(lost).toEqual([told])
    }
  })

  test('after close nothing is sent, heard or reported, and no timer is left', () => {
    const { machine, wire, socket, heard, lost } = open()
    socket.close()
    socket.close()
    socket.send({ type: 'leave' })
    socket.probe()
    wire.say({ type: 'start', links: [] })
    wire.fire('close', { code: 1000 })
    expect([wire.sent, heard, lost, machine.clock.armed]).toEqual([[], [], [], 0])
  })

  test('SK4 nothing is sent before the socket is open', () => {
    const machine = new FakeMachine()
    const events = { onMessage: () => {}, onLost: () => {} }
    const socket = new SignalSocket(machine.platform, 'wss://a.example/', tokenA, events)
    socket.send({ type: 'leave' })
    socket.probe()
    expect(machine.socket.sent).toEqual([])
  })
})
