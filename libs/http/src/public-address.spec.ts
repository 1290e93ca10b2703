import type { LookupAddress, LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isPublicAddress, publicLookup } from './public-address';

it.each([
  ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.254', '169.254.169.254', '172.31.255.255'],
  ...['192.168.0.1', '198.19.0.1', '224.0.0.1', '255.255.255.255'],
  ...['::', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:169.254.169.254', '::10.0.0.1', '::ffff:0:10.0.0.1'],
  ...['64:ff9b::a00:1', '64:ff9b:1::a00:1', '2001:0:4136:e378::1', '2002:7f00:1::', 'fc00::1', 'fd12:3456::1'],
  ...['fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1', '', 'localhost', '127.1', '0x7f000001'],
])('%p is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

it.each([
  ...['1.1.1.1', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '172.15.0.1', '172.32.0.1'],
  ...['192.167.1.1', '223.255.255.255', '::ffff:8.8.8.8', '2001:4860:4860::8888', '2606:4700::1111'],
])('%p is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

describe('a lookup', () => {
  const resolver = (answers: string[][]) => {
    const asked: LookupOptions[] = [];
    const lookUp: LookupFunction = (_, options, callback) => {
      const addresses = answers[asked.length] ?? [];
      asked.push(options);
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    };
    return { lookUp, asked };
  };
  const look = (lookUp: LookupFunction, options: LookupOptions = {}) =>
    new Promise<string | LookupAddress[]>((resolve, reject) => {
      publicLookup(lookUp)('crm.example', options, (error, found) => (error ? reject(error) : resolve(found)));
    });

  it.each([
    [['10.0.0.1']],
    [['8.8.8.8', '127.0.0.1']],
    [['::1', '8.8.8.8']],
    [['8.8.8.8', '8.8.4.4', '::ffff:10.0.0.1']],
    [[]],
  ])('of %p is refused, whether one address is asked for or all', async (addresses) => {
    const { lookUp } = resolver([addresses, addresses]);
    await expect(look(lookUp)).rejects.toMatchObject({ code: 'PRIVATE_ADDRESS' });
    await expect(look(lookUp, { all: true })).rejects.toMatchObject({ code: 'PRIVATE_ADDRESS' });
  });

  it('hands out what it checked, and asks once', async () => {
    const { lookUp, asked } = resolver([['8.8.8.8'], ['127.0.0.1']]);
    expect(await look(lookUp)).toBe('8.8.8.8');
    expect(asked).toEqual([{ all: true }]);
    await expect(look(lookUp)).rejects.toMatchObject({ code: 'PRIVATE_ADDRESS' });
  });

  it('hands on what the resolver says', async () => {
    const away: LookupFunction = (_, _options, callback) =>
      callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), '');
    await expect(look(away)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});
