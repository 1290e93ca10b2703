import { deathsOf, homeOf } from './dead-message';

const expired = { queue: 'system.retry', reason: 'expired', count: 2, 'routing-keys': ['green.crm'] };
const rejected = { queue: 'green.crm', reason: 'rejected', count: 2, 'routing-keys': ['green.custom.action'] };

describe('the home of a dead message', () => {
  it.each<[string, string, string, unknown, string]>([
    ['rejected, and its queue gone meanwhile', 'system.retry', 'green.crm', [expired, rejected], 'green.crm'],
    ['sent home by us', 'system.retry', 'green.crm', undefined, 'green.crm'],
    ['moved since it was rejected', 'system.retry', 'new.crm', [expired, rejected], 'new.crm'],
    ['published to system.dead', 'system.dead', 'any', [expired, rejected], 'green.crm'],
    ['put into the queue by hand', '', 'system.dead', undefined, 'system.dead'],
    ['parked there before and replayed', 'system.retry', 'system.dead', undefined, 'system.dead'],
    ['with a header that is none', '', 'system.dead', 'no array', 'system.dead'],
    ['with deaths that are none', '', 'system.dead', [null, 1, { queue: 7 }], 'system.dead'],
  ])('%s', (_name, exchange, routingKey, deaths, home) => {
    expect(homeOf({ exchange, routingKey, headers: { 'x-death': deaths } })).toBe(home);
  });

  it('tells of its deaths without what a message may say', () => {
    expect(deathsOf({ headers: { 'x-death': [expired, rejected] } })).toEqual([
      { queue: 'system.retry', reason: 'expired', count: 2 },
      { queue: 'green.crm', reason: 'rejected', count: 2 },
    ]);
  });
});
