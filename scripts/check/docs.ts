/**
 * Decides: whether what the pages and the tests refer to exists.
 * Does not decide: whether the pages are true.
 * Invariants: code blocks are not read for links; addresses of the web are never fetched.
 */
import { posix } from 'node:path'

const linkPattern = /\[[^\]]*\]\(([^()\s]+)(?:\s+"[^"]*")?\)/g
const rulePattern = /\*\*([A-Z]{2}\d+)\*\*/g

/** Relative links of a page, resolved to paths from the root, without their fragment. */
export function relativeLinks(page: string, text: string): readonly string[] {
  const prose = text.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '').replaceAll(/`[^`\n]*`/g, '')
  return [...prose.matchAll(linkPattern)]
    .map((match) => match[1] ?? '')
    .filter((link) => !/^([a-z][a-z0-9+.-]*:|#|\/\/)/i.test(link))
    .map((link) =>
      posix.normalize(posix.join(posix.dirname(page), decodeURIComponent(link.replace(/#.*$/, '')))),
    )
}

/** The rule ids that PROTOCOL.md defines, such as `SK3`. */
export function rulesOf(protocol: string): ReadonlySet<string> {
  return new Set([...protocol.matchAll(rulePattern)].map((match) => match[1] ?? ''))
}

/** Ids quoted in a test whose letters the protocol knows; `M1`, `J3` and the like are requirements, not rules. */
export function quotedRules(text: string, rules: ReadonlySet<string>): readonly string[] {
  const letters = new Set([...rules].map((rule) => rule.slice(0, 2)))
  const quoted = [...text.matchAll(/\b([A-Z]{2})\d+\b/g)].filter((match) => letters.has(match[1] ?? ''))
  return [...new Set(quoted.map((match) => match[0]))]
}

/** The tests a page of threats names: what stands in backticks in the last column of a table that ends in `test`. */
export function namedTests(page: string): readonly string[] {
  const rows = page.split('\n').map((line) => (line.startsWith('|') ? line.split(' | ') : []))
  const start = rows.findIndex((cells) => cells.at(-1)?.trim() === 'test |')
  if (start < 0) return []
  const table = rows.slice(start + 2)
  const end = table.findIndex((cells) => cells.length === 0)
  return table
    .slice(0, end < 0 ? undefined : end)
    .map((cells) => /^`(.*)` \|$/.exec(cells.at(-1)?.trim() ?? '')?.[1] ?? '')
}
