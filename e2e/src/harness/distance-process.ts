/**
 * Stands before a relay as the network between it and everyone would: what comes from or goes to an address is so many milliseconds
 * late. A process of its own, since it runs inside a network namespace. Its one argument is a `Distance` as JSON; a line on its
 * standard output says that it listens.
 */
import { createSocket, type Socket } from 'node:dgram'
import type { Distance } from './distance.ts'

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by distance.ts
const { port, outside, inside, oneWayMs, othersMs } = JSON.parse(process.argv[2] ?? '') as Distance

const front = createSocket('udp4')
/** One socket for each far end, so that the relay tells them apart; by address and port. */
const backs = new Map<string, Socket>()

/** SIGUSR2 cuts everyone off whose distance is not named, and joins them again. */
let isCut = false
process.on('SIGUSR2', () => {
  isCut = !isCut
})
const isOther = (address: string): boolean => oneWayMs[address] === undefined

front.on('message', (bytes, from) => {
  if (isCut && isOther(from.address)) return
  const late = oneWayMs[from.address] ?? othersMs
  const name = `${from.address}:${from.port}`
  let back = backs.get(name)
  if (back === undefined) {
    back = createSocket('udp4')
    back.on('message', (answer) => {
      if (isCut && isOther(from.address)) return
      setTimeout(() => front.send(answer, from.port, from.address), late)
    })
    backs.set(name, back)
  }
  const way = back
  setTimeout(() => way.send(bytes, port, inside), late)
})
front.bind(port, outside, () => console.log('listens'))
