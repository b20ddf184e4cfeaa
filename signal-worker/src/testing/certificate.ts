/** A certificate authority of a test's own, and a certificate of it for this machine. By the system's openssl. */
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const openssl = async (directory: string, words: readonly string[]): Promise<void> => {
  await promisify(execFile)('openssl', words, { cwd: directory })
}

export interface Certificates {
  /** PEM of the authority. */
  readonly authority: string
  /** Paths. */
  readonly authorityFile: string
  readonly certificateFile: string
  readonly keyFile: string
}

export async function makeCertificates(directory: string): Promise<Certificates> {
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await openssl(directory, [
    'req',
    '-x509',
    ...newKey,
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  ])
  await openssl(directory, [
    'req',
    ...newKey,
    '-subj',
    '/CN=localhost',
    '-keyout',
    'server.key',
    '-out',
    'server.csr',
  ])
  await writeFile(join(directory, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1')
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names']
  await openssl(directory, [
    'x509',
    '-req',
    '-in',
    'server.csr',
    ...signing,
    '-days',
    '2',
    '-out',
    'server.pem',
  ])
  return {
    authority: await readFile(join(directory, 'ca.pem'), 'utf8'),
    authorityFile: join(directory, 'ca.pem'),
    certificateFile: join(directory, 'server.pem'),
    keyFile: join(directory, 'server.key'),
  }
}
