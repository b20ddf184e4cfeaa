/**
 * Decides: roughly where on earth the far end of a request is, by the word of the edge, and how far two such places are apart.
 * Does not decide: what follows (relay-roster.ts): it counts where nothing has been measured yet, and nowhere else.
 * Invariants: whole degrees, a hundred kilometres: enough to choose among relays, too little to find a house; it is logged nowhere
 * and told to nobody.
 */
import * as v from 'valibot'

const degrees = (most: number) =>
  v.pipe(v.number(), v.transform(Math.round), v.minValue(-most), v.maxValue(most))

export const whereaboutsSchema = v.object({ latitude: degrees(90), longitude: degrees(180) })
export type Whereabouts = Readonly<v.InferOutput<typeof whereaboutsSchema>>

const numeral = v.pipe(v.string(), v.nonEmpty(), v.transform(Number))

/** Cloudflare writes both as text. */
const cfSchema = v.pipe(v.object({ latitude: numeral, longitude: numeral }), whereaboutsSchema)

/** `cf`: what the platform says of a request. Null: it says nothing of the kind, as for some networks, or away from Cloudflare. */
export function whereaboutsOf(cf: unknown): Whereabouts | null {
  const found = v.safeParse(cfSchema, cf)
  return found.success ? found.output : null
}

const earthRadiusKm = 6_371
const radians = (angle: number): number => (angle * Math.PI) / 180

/** Along a great circle (haversine). Kilometres. */
export function distanceKm(a: Whereabouts, b: Whereabouts): number {
  const [phi, other] = [radians(a.latitude), radians(b.latitude)]
  const across = Math.sin(radians(b.latitude - a.latitude) / 2) ** 2
  const along = Math.sin(radians(b.longitude - a.longitude) / 2) ** 2
  return 2 * earthRadiusKm * Math.asin(Math.sqrt(across + Math.cos(phi) * Math.cos(other) * along))
}
