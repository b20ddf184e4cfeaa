/** `npm run check:docs`: links between pages resolve, the two commands stand in the README, quoted rules and named tests exist. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { namedTests, quotedRules, relativeLinks, rulesOf } from './check/docs.ts'
import { report } from './check/report.ts'
import { root, sourceFiles } from './check/sources.ts'

const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const files = sourceFiles()

const brokenLinks = files
  .filter((file) => file.endsWith('.md'))
  .flatMap((page) =>
    relativeLinks(page, read(page))
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${page}: links to ${target}, which does not exist`),
  )

const readme = read('README.md')
const missingCommands = ['npm ci && npm start', 'npm ci && npm test']
  .filter((command) => !readme.includes(command))
  .map((command) => `README.md: does not name \`${command}\``)

const rules = rulesOf(read('shared/PROTOCOL.md'))
const tests = files.filter((file) => file.endsWith('.test.ts') && !file.startsWith('scripts/'))
const quoted = tests.map((file) => ({ file, ids: quotedRules(read(file), rules) }))
const unknownRules = quoted.flatMap(({ file, ids }) =>
  ids.filter((id) => !rules.has(id)).map((id) => `${file}: quotes ${id}, which PROTOCOL.md does not define`),
)
const proven = new Set(quoted.flatMap(({ ids }) => ids))
const unproven = [...rules].filter((rule) => !proven.has(rule))

const allTests = tests.map(read).join('\n')
const threats = namedTests(read('docs/threat-model.md'))
const missingTests = threats
  .filter((name) => name === '' || !allTests.includes(`'${name}'`))
  .map((name) => `docs/threat-model.md: no test is called "${name}"`)
if (threats.length === 0) missingTests.push('docs/threat-model.md: names no test')

report(
  'docs',
  [...brokenLinks, ...missingCommands, ...unknownRules, ...missingTests],
  unproven.length === 0 ? [] : [`no test quotes ${unproven.join(', ')}`],
)
