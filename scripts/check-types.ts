/** `npm run check:types`: every tsconfig of the house, the pure ones (`types: []`) included. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { report } from './check/report.ts'
import { root, sourceFiles } from './check/sources.ts'

const projects = sourceFiles().filter(
  (file) => /(^|\/)tsconfig(\.[\w-]+)?\.json$/.test(file) && file !== 'tsconfig.base.json',
)
const broken = projects.filter((project) => {
  const { status } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', project], {
    cwd: root,
    stdio: 'inherit',
  })
  return status !== 0
})
report(
  'types',
  broken.map((project) => `${project}: does not compile`),
)
