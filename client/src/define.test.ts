import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)
const entry = fileURLToPath(new URL('./define.ts', import.meta.url))

it('the elements can be imported and made in plain Node (server-side rendering), and ask for no DOM', async () => {
  const program = `
    const { VideoRoom } = await import(${JSON.stringify(entry)})
    const room = new VideoRoom()
    console.log(JSON.stringify([typeof VideoRoom, room.state, room.session, typeof window]))
  `
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program])
  expect(JSON.parse(stdout)).toEqual(['function', null, null, 'undefined'])
})
