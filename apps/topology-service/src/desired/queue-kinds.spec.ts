import { isTransit, kindOf, transitQueue, transitQueues } from './queue-kinds';

it.each([
  ['green.crm', 'crm'],
  ['green.confirm', 'confirm'],
  ['green.moderate', 'moderate'],
  ['green.webhook', 'webhook'],
  ['cus.7.deliver', 'crm'],
  ['cus.7.confirm.supporter', 'confirm'],
  ['cus.7.confirm.action', 'moderate'],
  ['system.transit.7.webhook', 'webhook'],
  ['green.other', undefined],
  ['cus.7.other', undefined],
])('%s is for %s', (queue, kind) => {
  expect(kindOf(queue)).toBe(kind);
});

it('a queue to wait in is known as one, and is one per purpose', () => {
  expect(transitQueues(7)).toContain(transitQueue(7, 'crm'));
  expect(transitQueues(7).every(isTransit)).toBe(true);
  expect(isTransit('green.crm')).toBe(false);
});
