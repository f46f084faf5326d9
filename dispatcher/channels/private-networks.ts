import { BlockList, isIP, isIPv4 } from 'node:net';

/** Loopback, private, link-local, shared, reserved: where a webhook of somebody's choosing has no business. */
const OURS = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  OURS.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  // Of it also addresses that carry an IPv4 one (`::10.0.0.1`), which nobody has had since 2006.
  ['::', 96],
  ['::ffff:0:0:0', 96],
  ['fec0::', 10],
  // These carry an IPv4 address that a translator on the way may take for its own.
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  OURS.addSubnet(network, bits, 'ipv6');

/** Also an IPv4 address written as IPv6; what is no address counts as private. */
export function isPrivateAddress(address: string): boolean {
  if (isIP(address) === 0) return true;
  // BlockList compares ::ffff:a.b.c.d with the IPv4 networks by itself.
  return OURS.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}
