/** `npm run bench -- NAME …` runs e2e/bench/NAME.ts; what follows the name is passed on. */
import './node-version.ts'
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../e2e/bench', import.meta.url))
/** A benchmark is a file that tells how it is run; the others are its parts. */
const names = globSync('*.ts', { cwd: folder })
  .map((file) => basename(file, '.ts'))
  .filter((name) => readFileSync(join(folder, `${name}.ts`), 'utf8').includes(`npm run bench -- ${name}`))

const [name, ...words] = process.argv.slice(2)
if (name === undefined || !names.includes(name)) {
  console.error(`npm run bench -- NAME, with NAME one of: ${names.join(', ')}`)
  process.exit(2)
}
const { status } = spawnSync(process.execPath, [join(folder, `${name}.ts`), ...words], { stdio: 'inherit' })
process.exit(status ?? 1)
