/** Homes behind NATs for a test file; fresh people for every test; nobody's console stays unread. */
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { openNatSite, type NatHomes, type NatSite } from './nat-site.ts'
import type { RoomPage } from './room-page.ts'

export function setNatStage(open: () => Promise<NatSite> = openNatSite): NatHomes {
  let site: NatSite | undefined
  const people: RoomPage[] = []

  beforeAll(async () => {
    site = await open()
  })
  afterEach(async () => {
    const present = people.splice(0)
    for (const person of present) await person.page.context().close()
    const complaints = present.flatMap((person) => person.complaints)
    expect(complaints, 'what the consoles complained about').toEqual([])
  })
  afterAll(() => site?.end())

  const ready = (): NatSite => {
    if (site === undefined) throw new Error('nothing is there before the first test')
    return site
  }

  return {
    setRouters: (...classes) => ready().setRouters(...classes),
    async person(home, name) {
      const person = await ready().person(home, name)
      people.push(person)
      return person
    },
  }
}
