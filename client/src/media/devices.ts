/** Which devices there are, and which one the person chose; the choice is remembered for the next visit. */
import type { DeviceEntry, MediaDevicesPort, StoragePort } from './ports.ts'
import type { DeviceKind, DeviceOption } from './view.ts'

type PerKind<Value> = Readonly<Record<DeviceKind, Value>>

/** The names of MediaDeviceInfo.kind. */
const kindNames: PerKind<string> = { microphone: 'audioinput', camera: 'videoinput', speaker: 'audiooutput' }

const storageKey = (kind: DeviceKind): string => `video-room.device.${kind}`

/**
 * Chromium lists the default device twice: once as an alias. The alias is what null means here.
 * Before a permission was granted, browsers list one nameless entry per kind, which nobody can choose.
 */
const choosable = ({ deviceId }: DeviceEntry): boolean =>
  deviceId !== '' && deviceId !== 'default' && deviceId !== 'communications'

export class DeviceList {
  readonly #mediaDevices: MediaDevicesPort | null
  readonly #storage: StoragePort | null
  readonly #changed: () => void
  #watching = false
  #available: PerKind<readonly DeviceOption[]> = { microphone: [], camera: [], speaker: [] }
  #selected: PerKind<string | null>

  constructor(mediaDevices: MediaDevicesPort | null, storage: StoragePort | null, changed: () => void) {
    this.#mediaDevices = mediaDevices
    this.#storage = storage
    this.#changed = changed
    this.#selected = {
      microphone: this.#remembered('microphone'),
      camera: this.#remembered('camera'),
      speaker: this.#remembered('speaker'),
    }
  }

  get available(): PerKind<readonly DeviceOption[]> {
    return this.#available
  }

  get selected(): PerKind<string | null> {
    return this.#selected
  }

  select(kind: DeviceKind, deviceId: string | null): void {
    this.#selected = { ...this.#selected, [kind]: deviceId }
    try {
      if (deviceId === null) this.#storage?.removeItem(storageKey(kind))
      else this.#storage?.setItem(storageKey(kind), deviceId)
    } catch {
      // Storage may be full or forbidden; then the choice lasts as long as the page.
    }
    this.#changed()
  }

  watch(): void {
    if (this.#watching) return
    this.#watching = true
    this.#mediaDevices?.addEventListener('devicechange', this.#onDeviceChange)
  }

  unwatch(): void {
    this.#watching = false
    this.#mediaDevices?.removeEventListener('devicechange', this.#onDeviceChange)
  }

  /** Reads the list anew; after a permission was granted it carries names. */
  async refresh(): Promise<void> {
    let entries: readonly DeviceEntry[]
    try {
      entries = (await this.#mediaDevices?.enumerateDevices()) ?? []
    } catch {
      return
    }
    const optionsOf = (kind: DeviceKind): readonly DeviceOption[] =>
      entries
        .filter((entry) => entry.kind === kindNames[kind] && choosable(entry))
        .map(({ deviceId, label }) => ({ deviceId, label }))
    const available = {
      microphone: optionsOf('microphone'),
      camera: optionsOf('camera'),
      speaker: optionsOf('speaker'),
    }
    const selected = this.#withoutLost(available)
    if (JSON.stringify([available, selected]) === JSON.stringify([this.#available, this.#selected])) return
    this.#available = available
    this.#selected = selected
    this.#changed()
  }

  /** A chosen device that is gone yields to the default. Without names nothing is known: the choice stays. */
  #withoutLost(available: PerKind<readonly DeviceOption[]>): PerKind<string | null> {
    const keep = (kind: DeviceKind): string | null => {
      const options = available[kind]
      const chosen = this.#selected[kind]
      const isKnown = options.some((option) => option.label !== '')
      const hadIt = this.#available[kind].some((option) => option.deviceId === chosen)
      const hasIt = options.some((option) => option.deviceId === chosen)
      return hasIt || !(isKnown || hadIt) ? chosen : null
    }
    return { microphone: keep('microphone'), camera: keep('camera'), speaker: keep('speaker') }
  }

  readonly #onDeviceChange = (): void => void this.refresh()

  #remembered(kind: DeviceKind): string | null {
    try {
      return this.#storage?.getItem(storageKey(kind)) ?? null
    } catch {
      return null
    }
  }
}
