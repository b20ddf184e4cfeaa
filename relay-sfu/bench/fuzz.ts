/**
 * `npm run fuzz -w relay-sfu [-- inputs [seed [target]]]`: a million damaged inputs for each parser of wire/. Prints how
 * many there were and how fast; exits with 1 on the first throw, read or write outside of an input, or contradiction.
 */
import { fuzz } from '../src/wire/testing/fuzz.ts'
import { fuzzTargets } from '../src/wire/testing/fuzz-targets.ts'

const [inputs = 1_000_000, seed = 1] = process.argv.slice(2, 4).map(Number)
const only = process.argv[4]

for (const target of fuzzTargets) {
  if (only !== undefined && target.name !== only) continue
  const startedAtMs = performance.now()
  const finding = fuzz(target, inputs, seed)
  if (finding !== null) {
    console.error(`${target.name}: ${finding.why}\ninput: ${Buffer.from(finding.input).toString('hex')}`)
    process.exit(1)
  }
  const elapsedS = (performance.now() - startedAtMs) / 1_000
  console.log(`${target.name.padEnd(20)} ${inputs} inputs, ${Math.round(inputs / elapsedS)} inputs/s`)
}
