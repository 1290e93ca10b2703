import { lookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

const closed = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  closed.addSubnet(network, prefix, 'ipv4');
}
// Besides our own networks, every form that carries an IPv4 address (compatible, translated, NAT64, Teredo, 6to4); mapped
// ones are compared with the IPv4 networks above.
for (const [network, prefix] of [
  ['::', 96],
  ['::ffff:0:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  closed.addSubnet(network, prefix, 'ipv6');
}

/** False for loopback, private, link-local and other addresses inside our own network, also as mapped IPv6. */
export function isPublicAddress(address: string): boolean {
  const withoutZone = address.replace(/%.*$/s, '');
  const family = isIP(withoutZone);
  return family !== 0 && !closed.check(withoutZone, family === 6 ? 'ipv6' : 'ipv4');
}

export class PrivateAddressError extends Error {
  readonly code = 'PRIVATE_ADDRESS';
}

/** A lookup that asks `lookUp` once for all addresses of a name, and fails when any of them is not public: what was checked
 *  is what is connected to, so a name that changes its mind in between gains nothing. */
export const publicLookup =
  (lookUp: LookupFunction): LookupFunction =>
  (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '', 0);
      const addresses = found as LookupAddress[];
      const [first] = addresses;
      if (!first || !addresses.every(({ address }) => isPublicAddress(address))) {
        callback(new PrivateAddressError('private address'), '', 0);
      } else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };

export const lookUpPublic = publicLookup(lookup as LookupFunction);
