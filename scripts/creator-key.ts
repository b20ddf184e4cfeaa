/** `npm run creator-key -- --name acme`: makes a creator key, and the entry by which a deployment knows it. */
import './node-version.ts'
import { createHash, randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'

/** As signal-worker/src/config.ts wants it. */
const namePattern = /^[a-z0-9][a-z0-9-]{0,31}$/

function main(): number {
  const { values } = parseArgs({ options: { name: { type: 'string' } }, strict: true })
  if (values.name !== undefined && !namePattern.test(values.name)) {
    console.error('--name: small letters, digits and hyphens, 32 at most')
    return 1
  }
  // 256 random bits: a hash of them cannot be turned back by trying. The prefix lets a secret scanner find a leak.
  const key = `vrk_${randomBytes(32).toString('base64url')}`
  const hash = createHash('sha256').update(key).digest('hex')
  const entry = `${values.name === undefined ? '' : `${values.name}:`}sha256:${hash}`
  console.log(`creator key   ${key}`)
  console.log(`entry         ${entry}`)
  console.log()
  console.log('Give the key to whoever shall make rooms; it is shown this once and kept nowhere.')
  console.log(
    'Add the entry to CREATOR_KEYS (wrangler secret put CREATOR_KEYS); entries stand between spaces.',
  )
  return 0
}

try {
  process.exit(main())
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
