/**
 * What simple-peer uses of `readable-stream` (vite.config.ts puts it in its place): events, `push` and `end`. We send by
 * `send` and read by `data` events; nothing is ever piped, so the queues and their back-pressure would stand idle.
 */
exports.Duplex = class {
  #listeners = new Map()
  _readableState = { ended: false }
  _writableState = { finished: false }
  readable = true
  writable = true

  on(name, listener) {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener])
    return this
  }

  once(name, listener) {
    const once = (...details) => {
      this.removeListener(name, once)
      listener.apply(this, details)
    }
    return this.on(name, once)
  }

  removeListener(name, listener) {
    this.#listeners.set(
      name,
      (this.#listeners.get(name) ?? []).filter((other) => other !== listener),
    )
    return this
  }

  emit(name, ...details) {
    const listeners = this.#listeners.get(name) ?? []
    for (const listener of listeners) listener.apply(this, details)
    return listeners.length > 0
  }

  /** Null ends the reading side. */
  push(chunk) {
    if (chunk === null) this._readableState.ended = true
    else this.emit('data', chunk)
  }

  /** Ends the writing side. */
  end() {
    this._writableState.finished = true
    this.emit('finish')
  }
}
