/** The operator's page of a deployment (PROTOCOL.md, OP). Everything is in relays-page.ts; here it meets its own worker. */
import { RelaysPage } from './relays-page.ts'

const place = document.getElementById('relays')
if (place !== null) {
  const page = new RelaysPage(place, {
    ask: (path, init) =>
      fetch(path, { ...init, credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer' }),
    confirm: (question) => confirm(question),
  })
  page.show()
}
