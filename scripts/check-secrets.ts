/** `npm run check:secrets`: nothing secret and no path of one machine is committed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { report } from './check/report.ts'
import { secretFindings } from './check/secrets.ts'
import { root, sourceFiles } from './check/sources.ts'

const binary = /\.(png|jpg|jpeg|gif|webp|ico|woff2?|wasm|mp4|webm|ivf|y4m|wav|zip|gz)$/
const files = sourceFiles().filter((file) => !binary.test(file) && file !== 'scripts/check/pages.test.ts')
report(
  'secrets',
  files.flatMap((file) => secretFindings(file, readFileSync(join(root, file), 'utf8'))),
)
