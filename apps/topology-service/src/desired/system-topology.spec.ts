import { systemTopology } from './system-topology';

const pathsOf = (services: string[], queue: string) =>
  systemTopology(services)
    .bindings.filter((binding) => binding.queue === queue)
    .map(({ exchange, key }) => `${exchange} ${key}`);

describe('systemTopology', () => {
  it('has the sixteen partitions and its own parts whatever is deployed', () => {
    const { queues } = systemTopology([]);
    expect(queues.filter((queue) => queue.startsWith('system.ingest.'))).toHaveLength(16);
    expect(queues.filter((queue) => !queue.startsWith('system.ingest.'))).toEqual([
      'system.dead',
      'system.events',
      'system.probe',
      'system.retry',
    ]);
  });

  it.each<[string[], string, string[]]>([
    [[], 'system.ingest.3', ['ingest 3', 'system.retry system.ingest.3']],
    [[], 'system.retry', ['system.fail #']],
    [[], 'system.dead', ['system.dead #']],
    [[], 'system.events', ['event *.system.*']],
    [[], 'system.probe', ['system.retry system.probe']],
    [[], 'system.email.thankyou', []],
    [['email-delivery'], 'system.email.confirm', ['confirm *.system.supporter', 'system.retry system.email.confirm']],
    [['email-delivery'], 'system.email.thankyou', ['deliver *.system.*', 'system.retry system.email.thankyou']],
    [['email-delivery'], 'system.email.request', ['deliver system.mail.*', 'system.retry system.email.request']],
    [['email-delivery'], 'system.email.mailings', ['deliver system.mailing.*', 'system.retry system.email.mailings']],
    [['action-ingest'], 'system.request.action-ingest', ['ingest request.action-ingest']],
    [['topology-service'], 'system.request.topology-service', ['ingest request.topology-service']],
    [['notify-service'], 'system.request.notify-service', ['ingest request.notify-service']],
    [['stats-service'], 'system.request.stats-service', ['ingest request.stats-service']],
    [['mtt-service'], 'system.operation.mtt-service', ['ingest operation.mtt-service']],
    [['topology-service'], 'system.operation.topology-service', ['ingest operation.topology-service']],
    [['crm-forwarder'], 'system.sqs', ['system.retry system.sqs']],
    [['crm-forwarder'], 'system.request.crm-forwarder', ['ingest request.crm-forwarder']],
    [
      ['stats-service'],
      'system.event.stats-service',
      ['event system.fact.counters', 'system.retry system.event.stats-service'],
    ],
    [
      ['mtt-service'],
      'system.event.mtt-service',
      [
        'event system.fact.action.#',
        'event system.fact.mail.outcome',
        'event system.mtt.reply',
        'event system.fact.reference.moved',
        'system.retry system.event.mtt-service',
      ],
    ],
    [
      ['notify-service'],
      'system.event.notify-service',
      [
        'event system.fact.confirm.#',
        'event system.fact.action.#',
        'event system.fact.mail.outcome',
        'event system.fact.mail.supporter',
        'event system.fact.queue.alert',
        'event system.fact.push.disabled',
        'event system.fact.followup.#',
        'event system.fact.reference.moved',
        'event system.stats.changed',
        'system.retry system.event.notify-service',
      ],
    ],
  ])('with %j deployed binds %s to %j', (services, queue, paths) => {
    expect(pathsOf(services, queue)).toEqual(paths);
  });

  it('has one version for the same services in any order, and another for others', () => {
    const version = (services: string[]) => systemTopology(services).version;
    expect(version(['a', 'email-delivery', 'stats-service'])).toBe(version(['stats-service', 'email-delivery']));
    expect(version(['email-delivery'])).not.toBe(version([]));
  });
});
