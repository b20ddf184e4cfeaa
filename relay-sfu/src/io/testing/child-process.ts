/** A program of a test or a benchmark in a process of its own: it says when it is ready, then every order gets one answer, in turn. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { within } from './wire.ts'

export interface TestChild<Hello, Order, Answer> {
  readonly hello: Hello
  ask(order: Order): Promise<Answer>
  end(): Promise<void>
}

const answerMs = 30_000

export async function startChild<Hello, Order extends object, Answer>(
  script: URL,
  nodeOptions: readonly string[] = [],
  settings: Readonly<Record<string, string>> = {},
): Promise<TestChild<Hello, Order, Answer>> {
  const path = fileURLToPath(script)
  const child = fork(path, [], {
    execArgv: [...nodeOptions],
    env: { ...process.env, ...settings },
    serialization: 'advanced',
  })
  const exited = once(child, 'exit')
  const ended = exited.then(() => {
    throw new Error(`${path} ended`)
  })
  ended.catch(() => {})
  const waiting: ((message: unknown) => void)[] = []
  child.on('message', (message: unknown) => waiting.shift()?.(message))
  const next = (what: string): Promise<unknown> => {
    const message = new Promise<unknown>((resolve) => waiting.push(resolve))
    return within(answerMs, `${what} of ${path}`, Promise.race([message, ended]))
  }
  const hello = await next('hello')
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both ends are ours, and of the same types
    hello: hello as Hello,
    ask: async (order) => {
      child.send(order)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
      return (await next('answer')) as Answer
    },
    end: async () => {
      child.disconnect()
      await exited
    },
  }
}

/** The other end: `answer` is asked for one order at a time. Ends when whoever started it does. */
export function serveOrders(hello: unknown, answer: (order: never) => Promise<unknown>): void {
  let last = Promise.resolve()
  process.on('message', (order: unknown) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- startChild has the same types
    last = last.then(async () => say(await answer(order as never)))
  })
  process.once('disconnect', () => process.exit())
  say(hello)
}

function say(message: unknown): void {
  process.send?.(message)
}
