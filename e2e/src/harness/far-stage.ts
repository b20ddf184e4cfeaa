/** Two homes far from each other for a test file. */
import { openFarSite, type FarHomes, type FarSite } from './far-site.ts'
import { setNatStage } from './nat-stage.ts'

export function setFarStage(): FarHomes {
  let site: FarSite | undefined
  const ready = (): FarSite => {
    if (site === undefined) throw new Error('nothing is there before the first test')
    return site
  }
  const homes = setNatStage(async () => {
    site = await openFarSite()
    return site
  })
  return { ...homes, alive: () => ready().alive(), bring: (...where) => ready().bring(...where) }
}
