/**
 * Decides: whether a line looks like something that must not be published: a secret, or a path of one machine.
 * Does not decide: what is in the history; once pushed, a secret is spent.
 * Invariants: a finding never repeats the secret.
 */
const shapes: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'a private key', pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ },
  { what: 'an AWS key', pattern: /\b(AKIA|ASIA)[0-9A-Z]{16}\b/ },
  { what: 'a GitHub token', pattern: /\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,})/ },
  { what: 'an npm token', pattern: /\bnpm_[A-Za-z0-9]{36}\b/ },
  { what: 'a Slack token', pattern: /\bxox[abposr]-[A-Za-z0-9-]{10,}/ },
  { what: 'a JSON web token', pattern: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/ },
  {
    what: 'a credential in an address',
    pattern: /\b[a-z][a-z+.-]*:\/\/[^\s/:@'"`<>$]+:(?!(password|secret)@)[^\s/:@'"`<>$]+@/i,
  },
  {
    what: 'a path of one machine',
    pattern: /(^|[\s'"`(=:])(\/(home|Users)\/[\w.-]+\/|\/root\/|\/work\/(main|shared)\b|[A-Z]:\\Users\\)/,
  },
]

/** Files that hold secrets by their very name. */
const secretFile = /(^|\/)(\.env(\..+)?|\.dev\.vars|.+\.(pem|key|p12|pfx))$/

export function secretFindings(file: string, text: string): readonly string[] {
  if (secretFile.test(file)) return [`${file}: files of this name hold secrets and are not committed`]
  return text
    .split('\n')
    .flatMap((line, index) =>
      shapes
        .filter((shape) => shape.pattern.test(line))
        .map((shape) => `${file}:${index + 1}: looks like ${shape.what}`),
    )
}
