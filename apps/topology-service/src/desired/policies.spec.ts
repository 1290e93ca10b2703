import {
  aliasQueues,
  confirmQueue,
  crmQueue,
  eventTapQueue,
  ingestQueue,
  moderateQueue,
  replyQueue,
  systemQueues,
  webhookQueue,
} from '@groundswell/contracts';
import { desiredPolicies, policyFinder } from './policies';
import { probeQueue } from './queue-arguments';

const policies = desiredPolicies({ retryTtlMs: 30_000, queueMaxBytes: 512, eventsMaxBytes: 64 });
const policyOf = policyFinder(policies);

describe('desiredPolicies', () => {
  it.each([
    [systemQueues.retry, 'groundswell-system-retry'],
    [systemQueues.dead, 'groundswell-system-dead'],
    [systemQueues.events, 'groundswell-system-events'],
    [probeQueue, 'groundswell-system-probe'],
    [systemQueues.emailThankYou, 'groundswell-system'],
    [systemQueues.sqs, 'groundswell-system'],
    [ingestQueue(0), 'groundswell-system'],
    ['system.event.stats-service', 'groundswell-system'],
    [crmQueue('Green_Org-1'), 'groundswell-org'],
    [confirmQueue('green'), 'groundswell-org'],
    [moderateQueue('green'), 'groundswell-org'],
    [webhookQueue('green'), 'groundswell-org'],
    [aliasQueues.deliver(5), 'groundswell-org'],
    [aliasQueues.confirmSupporter(5), 'groundswell-org'],
    [aliasQueues.confirmAction(5), 'groundswell-org'],
    ['systematic.crm', 'groundswell-org'],
    [eventTapQueue('api-gateway', 'a1'), undefined],
    [replyQueue('api-gateway', 'a1'), undefined],
    ['green.crm.backup', undefined],
    ['system', undefined],
  ])('gives %s the policy %s', (queue, name) => {
    expect(policyOf(queue)?.name).toBe(name);
  });

  it('sets the delivery limit in every policy, since only one applies to a queue', () => {
    for (const { definition } of policies) expect(definition['delivery-limit']).toBe(1_000_000);
  });

  it('refuses publishes wherever dead letters are kept: the strategy works only then', () => {
    const keeping = policies.filter(({ definition }) => definition['dead-letter-strategy'] === 'at-least-once');
    expect(keeping.map(({ name }) => name)).toEqual([
      'groundswell-system-retry',
      'groundswell-system',
      'groundswell-org',
    ]);
    for (const { definition } of keeping) expect(definition['overflow']).toBe('reject-publish');
  });

  it('limits the bytes of org queues and of system.events, and of nothing that waits for our own workers', () => {
    const limits = policies.flatMap(({ name, definition }) =>
      definition['max-length-bytes'] ? [[name, definition['max-length-bytes']]] : [],
    );
    expect(limits).toEqual([
      ['groundswell-system-events', 64],
      ['groundswell-org', 512],
    ]);
  });
});
