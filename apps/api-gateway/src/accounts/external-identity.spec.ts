import { chooseAccount, type KnownAccount } from './external-identity';

const account = (email: string, externalId: string | null): KnownAccount => ({
  userId: 1,
  email,
  perms: 0,
  externalId,
});
const ada = (externalId: string | null, isVerified = true) => ({ externalId, email: 'ada@x.org', isVerified });

it.each([
  ['the external id', ada('s1'), [account('old@x.org', 's1')], 'use'],
  [
    'the external id, though another account has the address',
    ada('s1'),
    [account('old@x.org', 's1'), account('ADA@x.org', null)],
    'use',
  ],
  ['the external id, though the address is not verified', ada('s1', false), [account('ada@x.org', 's1')], 'use'],
  ['a verified address, once', ada('s1'), [account('ADA@x.org', null)], 'link'],
  ['no address of somebody with another identity', ada('s1'), [account('ada@x.org', 's2')], 'refuse'],
  ['no address that is not verified', ada('s1', false), [account('ada@x.org', null)], 'refuse'],
  ['a verified address of a token without id', ada(null), [account('ada@x.org', 's2')], 'use'],
  ['nobody, and makes an account', ada('s1'), [], 'create'],
] as const)('takes %s', (_name, identity, known, kind) => {
  expect(chooseAccount(identity, known).kind).toBe(kind);
});
