/**
 * Decides: which imports of a file break the layers of layers.ts.
 * Does not decide: cycles and default exports (oxlint), or whether a file exists (tsc).
 * Invariants: an import that fits no layer and no package is a finding, never overlooked.
 */
import { posix } from 'node:path'
import { layers, packages, type Layer } from './layers.ts'

const specifierPattern = /(?:\bfrom\s*|\bimport\s*\(\s*|^\s*import\s+)(['"])([^'"\n]+)\1/gm
const barrelPattern = /^\s*export\s+\*/m

/** Comments often quote imports; strings hardly ever look like one. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
}

export function specifiersOf(text: string): readonly string[] {
  return [...withoutComments(text).matchAll(specifierPattern)].map((match) => match[2] ?? '')
}

export function layerOf(file: string): Layer | undefined {
  return layers.find((layer) => layer.files.test(file))
}

/** Our own file that a specifier names, or null for a package. */
export function targetOf(file: string, specifier: string): string | null {
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(file), specifier))
  const own = /^@video-room\/([\w-]+)\/(.+)$/.exec(specifier)
  return own ? `${own[1]}/src/${own[2]}` : null
}

function packageFinding(file: string, specifier: string): string | null {
  const known = packages.find((one) => one.name.test(specifier))
  if (!known) return `${specifier} is not in the table of packages`
  return known.only.test(file) ? null : `${specifier} is imported outside its one place`
}

function workspaceOf(file: string): string {
  return file.slice(0, file.indexOf('/'))
}

function specifierFinding(file: string, from: Layer, specifier: string): string | null {
  const target = targetOf(file, specifier)
  if (target === null) return packageFinding(file, specifier)
  if (specifier.startsWith('.') && workspaceOf(target) !== workspaceOf(file)) {
    return `${specifier} leaves the workspace: import it as @video-room/…`
  }
  // Style sheets, pages and the like belong to whoever stands beside them.
  if (!target.endsWith('.ts')) return null
  const to = layerOf(target)
  if (!to) return `${target} belongs to no layer`
  return to === from || from.may.includes(to.name)
    ? null
    : `${from.name} may not import ${to.name} (${target})`
}

/** Test code beside product code: it may use every tool, but keeps to its own workspace and shared. */
export function isTestCode(file: string): boolean {
  return /\.test\.ts$|\/testing\/|-fixture\.ts$|acceptance\.ts$/.test(file)
}

/** One line for each broken rule. `file` is relative to the root, with forward slashes. */
export function importFindings(file: string, text: string): readonly string[] {
  if (isTestCode(file)) return []
  const from = layerOf(file)
  if (!from) return [`${file}: belongs to no layer of scripts/check/layers.ts`]
  const findings = specifiersOf(text).flatMap((specifier) => specifierFinding(file, from, specifier) ?? [])
  if (barrelPattern.test(withoutComments(text)))
    findings.push('export * makes a barrel: name what is exported')
  return findings.map((finding) => `${file}: ${finding}`)
}
