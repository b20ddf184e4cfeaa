/** Sees to it that the NAT tests find what they build networks with. They need Linux and root: namespaces of the kernel. */
import { spawnSync } from 'node:child_process'
import { installPackage } from './system-package.ts'

interface Tool {
  readonly command: readonly [string, string]
  readonly debianPackage: string
}

const tools: readonly Tool[] = [
  { command: ['ip', '-V'], debianPackage: 'iproute2' },
  { command: ['nft', '--version'], debianPackage: 'nftables' },
  { command: ['conntrack', '--version'], debianPackage: 'conntrack' },
]

const isThere = ({ command: [program, word] }: Tool): boolean => spawnSync(program, [word]).status === 0

/** Whether this process may make networks at all; elsewhere the tests that need one are left out, and it is said. */
export const mayMakeNetworks = (): boolean => process.platform === 'linux' && process.getuid?.() === 0

/** Throws one line that says what to do when something is missing and may not be installed. */
export function ensureNetworkTools(): void {
  for (const tool of tools) {
    if (isThere(tool)) continue
    const { debianPackage } = tool
    installPackage(
      debianPackage,
      `the NAT tests need ${debianPackage}: install it (apt-get install ${debianPackage})`,
    )
    if (!isThere(tool)) throw new Error(`${debianPackage} is installed, but ${tool.command[0]} does not run`)
  }
}
