/** `npm run check:length`: files aim under 200 lines and stop at 400. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { lengthVerdict } from './check/length.ts'
import { report } from './check/report.ts'
import { root, sourceFiles } from './check/sources.ts'

const verdicts = sourceFiles()
  .filter((file) => /\.(ts|css|html|sh)$/.test(file))
  .map((file) => lengthVerdict(file, readFileSync(join(root, file), 'utf8')))

report(
  'length',
  verdicts.flatMap((verdict) => verdict.finding ?? []),
  verdicts.flatMap((verdict) => verdict.note ?? []),
)
