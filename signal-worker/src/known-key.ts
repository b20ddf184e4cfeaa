/** Who may be a relay (RG1) or an operator (OP1): a key is compared by hash with every configured one. */
import { sameHash, sha256Hex } from './secrets.ts'

/** Every key is compared, so that time does not tell which one came close. */
export async function isKnownKey(hashes: readonly string[], presented: string | null): Promise<boolean> {
  if (presented === null) return false
  const hash = await sha256Hex(presented)
  return hashes.filter((known) => sameHash(hash, known)).length > 0
}
