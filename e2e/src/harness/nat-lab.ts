/**
 * Two homes behind routers and the open network between them, on one machine:
 * home (10.11.0.2) – router – `pub` (203.0.113.1) – router – home (10.12.0.2). Nothing in them reaches the machine's own
 * network, or is reached from it.
 */
import { cable, command, inside, makeNamespace, removeNamespace } from './namespaces.ts'
import { natRules, type NatClass } from './nat-rules.ts'

export const publicAddress = '203.0.113.1'

export interface NatLab {
  /** Where the deployment runs. */
  readonly pub: string
  /** Where people sit. */
  readonly homes: readonly [string, string]
  /** Makes the routers these; what they remembered of earlier packets is forgotten. */
  setRouters(...classes: readonly [NatClass, NatClass]): void
  remove(): void
}

interface Home {
  readonly home: string
  readonly router: string
  readonly number: number
}

function wire(pub: string, { home, router, number }: Home): void {
  makeNamespace(home)
  makeNamespace(router)
  cable(
    { namespace: router, name: 'wan', address: `203.0.113.${number}/24` },
    { namespace: pub, name: `port${number}` },
  )
  command(['ip', '-n', pub, 'link', 'set', `port${number}`, 'master', 'bridge'])
  cable(
    { namespace: home, name: 'lan', address: `10.${number}.0.2/24` },
    { namespace: router, name: 'lan', address: `10.${number}.0.1/24` },
  )
  command(['ip', '-n', home, 'route', 'add', 'default', 'via', `10.${number}.0.1`])
  command([...inside(router), 'sh', '-eu'], 'echo 1 > /proc/sys/net/ipv4/ip_forward\n')
}

/** Names are short (an interface's has 15 characters) and of this process alone: two test runs do not meet. */
export function makeNatLab(): NatLab {
  const name = (what: string): string => `vr${process.pid}-${what}`
  const pub = name('pub')
  const left = { home: name('home1'), router: name('nat1'), number: 11 }
  const right = { home: name('home2'), router: name('nat2'), number: 12 }
  const remove = (): void => {
    process.off('exit', remove)
    for (const one of [left, right]) {
      removeNamespace(one.home)
      removeNamespace(one.router)
    }
    removeNamespace(pub)
  }
  process.once('exit', remove)
  makeNamespace(pub)
  command(['ip', '-n', pub, 'link', 'add', 'bridge', 'type', 'bridge'])
  command(['ip', '-n', pub, 'addr', 'add', `${publicAddress}/24`, 'dev', 'bridge'])
  command(['ip', '-n', pub, 'link', 'set', 'bridge', 'up'])
  for (const one of [left, right]) wire(pub, one)
  return {
    pub,
    homes: [left.home, right.home],
    setRouters(...classes) {
      for (const [at, { router }] of [left, right].entries()) {
        command([...inside(router), 'nft', '-f', '-'], natRules(classes[at] ?? 'port-restricted'))
        command([...inside(router), 'conntrack', '-F'])
      }
    },
    remove,
  }
}
