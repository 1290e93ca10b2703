import { BrokerView } from '../broker/broker-view';
import { orgScope } from '../desired/org-scope';
import { queueArguments } from '../desired/queue-arguments';
import type { QueueSet } from '../reconciliation/queue-set.repository';
import { reviewScope } from '../reconciliation/scope-review';
import { lossesOf } from './losses-of';

const lookedAt = new Date('2026-03-01T12:00:00Z');
const wholeAt = new Date('2026-03-01T11:59:30Z');
const desired = orgScope({
  id: 7,
  name: 'green',
  customSupporterConfirm: false,
  moderates: false,
  customActionDeliver: true,
  customEventDeliver: false,
  pushBackend: null,
  eventBackend: null,
  alias: false,
});
const confirmed: QueueSet = { ...desired, state: 'confirmed', detail: null, wholeAt };
const queue = { name: 'green.crm', durable: true, arguments: queueArguments('green.crm'), leader: 'a', online: ['a'] };

const lossesWith = (row: QueueSet | undefined, hasQueue: boolean) => {
  const view = new BrokerView({ queues: hasQueue ? [queue] : [], bindings: [], exchanges: [], policies: [] });
  const subject = { desired, row, ownQueueNames: [], orgName: 'green', isNameOfAnother: () => false };
  const context = {
    ...{ view, lookedAt },
    otherHolderOf: () => undefined,
    remainingMs: () => 0,
    answerOf: () => 'answers' as const,
    policyOf: () => undefined,
  };
  return lossesOf(reviewScope(subject, context));
};
const aLoss = { scope: 'org:7', orgId: 7, queue: 'green.crm', foundAt: lookedAt };

describe('what a look says may be lost', () => {
  it.each<[string, QueueSet | undefined, boolean, object[]]>([
    ['a queue, its bindings with it', confirmed, false, [{ ...aLoss, cause: 'queue', lostFrom: null }]],
    ['bindings, once for their queue', confirmed, true, [{ ...aLoss, cause: 'binding', lostFrom: wholeAt }]],
    ['a queue while another is being repaired', { ...confirmed, state: 'pending' }, false, [{ cause: 'queue' }]],
    ['no binding that was not counted on', { ...confirmed, state: 'pending' }, true, []],
    ['no binding that the former version did not have', { ...confirmed, version: 'old', bindings: [] }, true, []],
    ['nothing of a scope that is new', undefined, false, []],
  ])('%s', (_what, row, hasQueue, losses) => {
    expect(lossesWith(row, hasQueue)).toMatchObject(losses);
    expect(lossesWith(row, hasQueue)).toHaveLength(losses.length);
  });
});
