import type { CatalogueOrg } from '@groundswell/persistence';
import { accountsOf, planMails } from './sending-plan';

const catalogue = (orgs: Record<number, [number | null, number | null, Date?]>) => ({
  orgs: {
    get: (id: number) => {
      const [emailBackendId, transactionalEmailBackendId, deletedAt = null] = orgs[id] ?? [null, null];
      return orgs[id] && ({ id, emailBackendId, transactionalEmailBackendId, deletedAt } as CatalogueOrg);
    },
  } as never,
});
const share = (change: object) => ({ all: [], transactional: [], rest: [], ...change });

describe('planMails', () => {
  it.each([
    ['no transactional backend', [10, null], new Map([[10, share({ all: [1] })]])],
    ['the same for both', [10, 10], new Map([[10, share({ all: [1] })]])],
    ['no backend at all', [null, null], new Map([[null, share({ all: [1] })]])],
    ['one that rests', [10, 13], new Map([[10, share({ all: [1] })]])],
    [
      'two',
      [10, 11],
      new Map([
        [11, share({ transactional: [1] })],
        [10, share({ rest: [{ orgId: 1, serviceId: 11 }] })],
      ]),
    ],
    [
      'a transactional one only',
      [null, 11],
      new Map([
        [11, share({ transactional: [1] })],
        [null, share({ rest: [{ orgId: 1, serviceId: 11 }] })],
      ]),
    ],
    ['deleted', [10, 11, new Date()], new Map([[null, share({ all: [1] })]])],
  ] as [string, [number | null, number | null, Date?], unknown][])('an org with %s', (_case, org, expected) => {
    expect(planMails(catalogue({ 1: org }), [1], (id) => id !== 13)).toEqual(expected);
  });

  it('an account may be the one and the other of different orgs', () => {
    const plan = planMails(catalogue({ 1: [10, 11], 2: [11, null] }), [1, 2], () => true);
    expect(plan.get(11)).toEqual(share({ all: [2], transactional: [1] }));
  });

  it('names every account once', () => {
    expect(accountsOf(catalogue({ 1: [10, 11], 2: [11, null], 3: [null, 10] }), [1, 2, 3])).toEqual([10, 11]);
  });
});
