/**
 * Lets the page do what waits, and draw. Many calls of WebRTC wait for its other threads: a dozen in a row hold a busy page up for as
 * long as three pictures (measured: 250 ms, of which 10 were work). By a message and not by a timer: pages in the background have
 * few of those.
 */
export const breath = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.addEventListener('message', () => {
      port1.close()
      resolve()
    })
    port1.start()
    port2.postMessage(null)
  })
