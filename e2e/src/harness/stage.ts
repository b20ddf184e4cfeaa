/** A deployment and a browser of its own for a test file; fresh people for every test; nobody's console stays unread. */
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest'
import { calmCamera, launchChromium, type DeviceAccess } from './chromium.ts'
import { joinDeployment, startDeployment, type Deployment } from './deployment.ts'
import { installProbe } from './probe.ts'
import { findLeaks } from './privacy.ts'
import { RoomPage } from './room-page.ts'
import { installSenses } from './senses.ts'
import { installSmallCamera, installTinyCamera } from './small-camera.ts'

export interface PersonOptions {
  readonly name: string
  /** Scripts that run in the page before its own and before the probe: changes of the machine, not of the page. */
  readonly install?: readonly (() => void)[]
  /** Where there are many people: a camera and a window of next to nothing. */
  readonly isTiny?: boolean
  /** Comes through the door that can be slammed. */
  readonly throughDoor?: boolean
  readonly context?: BrowserContextOptions
  /** Another browser than the file's own. */
  readonly browser?: Browser
}

export interface Stage {
  readonly deployment: Deployment
  /** Someone with a fresh browser context, who has opened nothing yet. */
  person(options: PersonOptions): Promise<RoomPage>
}

/** `variables`: settings of a deployment of its own; without them it is the one that most files share. */
export function setStage(
  devices: DeviceAccess = 'granted',
  variables: Readonly<Record<string, string>> | null = null,
): Stage {
  let deployment: Deployment | undefined
  let browser: Browser | undefined
  const people: RoomPage[] = []
  /** What must not stand in the log at the end: names, tokens. */
  const secrets = new Set<string>()

  beforeAll(async () => {
    ;[deployment, browser] = await Promise.all([
      variables === null ? joinDeployment(inject('deployment')) : startDeployment(variables),
      launchChromium(devices, { args: devices === 'no-camera' ? [] : calmCamera }),
    ])
    secrets.add(deployment.creatorKey)
  })

  afterEach(async () => {
    const present = people.splice(0)
    const complaints = present.flatMap((person) => person.complaints)
    for (const person of present) {
      for (const secret of await person.secrets()) secrets.add(secret)
      await person.page.context().close()
    }
    expect(complaints, 'what the consoles complained about').toEqual([])
  })

  afterAll(async () => {
    await browser?.close()
    const log = (await deployment?.log()) ?? ''
    await deployment?.end()
    expect(findLeaks(log, secrets), 'what the log gives away').toEqual([])
    expect(log, 'the log was really read').not.toBe('')
  })

  const ready = (): Deployment => {
    if (deployment === undefined) throw new Error('nothing is deployed before the first test')
    return deployment
  }

  return {
    get deployment() {
      return ready()
    },
    async person(options) {
      const from = options.browser ?? browser
      if (from === undefined) throw new Error('no browser before the first test')
      const viewport = options.isTiny === true ? { width: 320, height: 320 } : { width: 800, height: 600 }
      const camera = options.isTiny === true ? installTinyCamera : installSmallCamera
      const context = await from.newContext({ viewport, ...options.context })
      for (const script of [camera, ...(options.install ?? []), installProbe, installSenses]) {
        await context.addInitScript(script)
      }
      secrets.add(options.name)
      const origin = options.throughDoor === true ? ready().doorOrigin : ready().origin
      const person = new RoomPage(await context.newPage(), options.name, origin)
      people.push(person)
      return person
    },
  }
}
