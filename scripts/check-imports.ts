/** `npm run check:imports`: dependencies point one way, vendors stand behind one file, no barrels. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { importFindings } from './check/imports.ts'
import { report } from './check/report.ts'
import { root, sourceFiles } from './check/sources.ts'

const files = sourceFiles().filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
report(
  'imports',
  files.flatMap((file) => importFindings(file, readFileSync(join(root, file), 'utf8'))),
)
