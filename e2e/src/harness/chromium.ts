/** The system's Chromium, headless, with a fake camera and microphone. */
import { chromium, type Browser } from 'playwright-core'

export const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

const quietArgs = [
  '--no-sandbox',
  '--autoplay-policy=no-user-gesture-required',
  // Loopback has no mDNS responder: without this the host candidates would be names that nobody resolves.
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
]

/** granted: every prompt is answered yes · refused: every prompt is answered no · no-camera: only a microphone is there. */
export type DeviceAccess = 'granted' | 'refused' | 'no-camera'

const deviceArgs: Readonly<Record<DeviceAccess, readonly string[]>> = {
  granted: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  refused: ['--use-fake-device-for-media-stream', '--deny-permission-prompts'],
  'no-camera': ['--use-fake-device-for-media-stream=device-count=0', '--use-fake-ui-for-media-stream'],
}

/**
 * Drawing, encoding and decoding pictures is most of what a call costs without a graphics card; ten a second show all that is to
 * be seen of one. Not for what is measured.
 */
export const calmCamera = ['--use-fake-device-for-media-stream=fps=10']

export interface LaunchOptions {
  /** More words for it. */
  readonly args?: readonly string[]
  /** A stand-in that runs it elsewhere. */
  readonly path?: string
}

export function launchChromium(
  devices: DeviceAccess = 'granted',
  { args = [], path = executablePath }: LaunchOptions = {},
): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    headless: true,
    args: [...quietArgs, ...deviceArgs[devices], ...args],
  })
}
