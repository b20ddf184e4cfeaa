/**
 * Decides: what in a log would give people away: secrets, names, SDP, candidates, addresses of others.
 * Does not decide: what is logged.
 * Invariants: reports what kind of thing leaked and where, never the thing itself.
 */

const patterns: Readonly<Record<string, RegExp>> = {
  'a session description': /\bv=0\b|a=(?:ice-|fingerprint|candidate|setup|mid)/,
  'an ICE candidate': /candidate:\S/,
  'an IPv4 address': /\b(?!127\.0\.0\.1\b|0\.0\.0\.0\b)(?:\d{1,3}\.){3}\d{1,3}\b/,
  'a bearer token': /bearer\s+\S/i,
  'a token subprotocol': /video-room\.token\./,
}

export interface Leak {
  readonly what: string
  readonly line: number
}

export function findLeaks(log: string, secrets: ReadonlySet<string>): Leak[] {
  const leaks: Leak[] = []
  for (const [index, text] of log.split('\n').entries()) {
    const line = index + 1
    for (const [what, pattern] of Object.entries(patterns)) if (pattern.test(text)) leaks.push({ what, line })
    for (const secret of secrets) {
      if (secret !== '' && text.includes(secret)) leaks.push({ what: 'a name or a token', line })
    }
  }
  return leaks
}
