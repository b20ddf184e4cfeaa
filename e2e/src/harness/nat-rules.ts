/**
 * Decides: the nftables rules of a home's router: which packets of people behind it leave, as whose, and which come in.
 * Does not decide: which networks there are (nat-lab.ts).
 * Invariants: nothing that came by itself gets past the router of any class; one behind an open one reaches everything.
 */

/**
 * port-restricted: one outer port for all destinations, and only who was written to may answer (RFC 4787: endpoint-independent
 * mapping, address- and port-dependent filtering); what most homes have. symmetric: another port for every destination; what
 * carriers and offices have. udp-blocked: TCP alone gets out.
 */
export type NatClass = 'port-restricted' | 'symmetric' | 'udp-blocked'

/** `wan` is the side of the world. */
export function natRules(natClass: NatClass): string {
  const isBlocked = natClass === 'udp-blocked'
  return [
    'flush ruleset',
    'table inet filter {',
    '  chain input {',
    '    type filter hook input priority 0; policy accept;',
    // Else what comes by itself makes an entry that takes the port, and everything becomes symmetric.
    '    iifname "wan" ct state new drop',
    '  }',
    '  chain forward {',
    '    type filter hook forward priority 0; policy accept;',
    ...(isBlocked ? ['    meta l4proto udp drop'] : []),
    '    iifname "wan" ct state new drop',
    '  }',
    '}',
    'table ip nat {',
    '  chain postrouting {',
    '    type nat hook postrouting priority 100; policy accept;',
    `    oifname "wan" masquerade${natClass === 'symmetric' ? ' fully-random' : ''}`,
    '  }',
    '}',
    '',
  ].join('\n')
}
