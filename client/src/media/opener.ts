/**
 * Opens capture devices. A microphone and a camera wished for at the same moment are asked for together, so that
 * the person answers one prompt instead of two; when that fails, each is tried alone, to learn which one is at fault.
 */
import { cameraConstraints, microphoneConstraints } from './constraints.ts'
import type { CaptureTrack, MediaDevicesPort, PermissionsPort } from './ports.ts'
import { nameOfError, problemOf } from './problems.ts'
import type { MediaProblem } from './view.ts'

export type Device = 'microphone' | 'camera'

export type Opened =
  | { readonly ok: true; readonly track: CaptureTrack }
  | { readonly ok: false; readonly problem: MediaProblem }

interface Request {
  readonly device: Device
  readonly deviceId: string | null
  readonly settle: (opened: Opened) => void
}

export class DeviceOpener {
  readonly #mediaDevices: MediaDevicesPort | null
  readonly #permissions: PermissionsPort | null
  #batch: Request[] = []

  constructor(mediaDevices: MediaDevicesPort | null, permissions: PermissionsPort | null) {
    this.#mediaDevices = mediaDevices
    this.#permissions = permissions
  }

  open(device: Device, deviceId: string | null): Promise<Opened> {
    return new Promise((settle) => {
      this.#batch.push({ device, deviceId, settle })
      if (this.#batch.length === 1) queueMicrotask(() => void this.#openBatch())
    })
  }

  /** Why a live track ended by itself: the permission was taken back, or the device is gone. */
  async reasonOfLoss(device: Device): Promise<MediaProblem> {
    return (await this.#isDenied(device)) ? 'denied' : 'missing'
  }

  async #openBatch(): Promise<void> {
    const batch = this.#batch
    this.#batch = []
    const [microphone] = batch.filter((request) => request.device === 'microphone')
    const [camera] = batch.filter((request) => request.device === 'camera')
    if (microphone !== undefined && camera !== undefined) await this.#openBoth(microphone, camera)
    else for (const request of batch) await this.#openAlone(request)
  }

  async #openBoth(microphone: Request, camera: Request): Promise<void> {
    try {
      const tracks = await this.#getUserMedia({
        audio: microphoneConstraints(microphone.deviceId),
        video: cameraConstraints(camera.deviceId),
      })
      microphone.settle(opened(tracks.getAudioTracks()[0]))
      camera.settle(opened(tracks.getVideoTracks()[0]))
    } catch (error) {
      await this.#openApart(microphone, camera, error)
    }
  }

  async #openApart(microphone: Request, camera: Request, error: unknown): Promise<void> {
    if (nameOfError(error) === 'NotAllowedError' && this.#permissions !== null) {
      const refused = {
        microphone: await this.#isDenied('microphone'),
        camera: await this.#isDenied('camera'),
      }
      // Both refused, or the prompt was closed: asking again at once would only nag.
      if (refused.microphone === refused.camera) {
        microphone.settle({ ok: false, problem: 'denied' })
        camera.settle({ ok: false, problem: 'denied' })
        return
      }
    }
    await this.#openAlone(microphone)
    await this.#openAlone(camera)
  }

  async #openAlone({ device, deviceId, settle }: Request): Promise<void> {
    try {
      const tracks = await this.#getUserMedia(
        device === 'microphone'
          ? { audio: microphoneConstraints(deviceId) }
          : { video: cameraConstraints(deviceId) },
      )
      settle(opened((device === 'microphone' ? tracks.getAudioTracks() : tracks.getVideoTracks())[0]))
    } catch (error) {
      // A remembered device that is not plugged in today: the default one serves.
      if (deviceId !== null && problemOf(error) === 'missing') {
        await this.#openAlone({ device, deviceId: null, settle })
      } else {
        settle({ ok: false, problem: problemOf(error) })
      }
    }
  }

  async #getUserMedia(constraints: MediaStreamConstraints) {
    // Browsers hide mediaDevices from pages that are neither HTTPS nor localhost.
    if (this.#mediaDevices === null) throw new DOMException('no mediaDevices', 'NotSupportedError')
    return await this.#mediaDevices.getUserMedia(constraints)
  }

  async #isDenied(device: Device): Promise<boolean> {
    try {
      return (await this.#permissions?.query({ name: device }))?.state === 'denied'
    } catch {
      // Firefox before 132 does not know these names: then nothing is known.
      return false
    }
  }
}

const opened = (track: CaptureTrack | undefined): Opened =>
  track === undefined ? { ok: false, problem: 'missing' } : { ok: true, track }
