import { hasReader, matchesTopic, workerBindings } from './message-readers';
import { deliverKey, exchanges, orgEventKey, supporterConfirmKey, actionConfirmKey } from './names';
import type { OrgRouting } from './org-topology';

const anOrg = (change: Partial<OrgRouting> = {}): OrgRouting => ({
  id: 7,
  name: 'greenorg',
  customSupporterConfirm: false,
  moderates: false,
  customActionDeliver: false,
  customEventDeliver: false,
  pushBackend: null,
  eventBackend: null,
  alias: false,
  ...change,
});

describe('a topic pattern', () => {
  it.each([
    ['a.b.c', 'a.b.c', true],
    ['a.b.c', 'a.b', false],
    ['a.b', 'a.b.c', false],
    ['a.b.c', 'A.b.c', false],
    ['*.system.supporter', 'greenorg.system.supporter', true],
    ['*.system.supporter', 'greenorg.custom.supporter', false],
    ['*.system.supporter', 'system.supporter', false],
    ['*.system.*', 'greenorg.system.action', true],
    ['*.system.*', 'greenorg.system', false],
    ['*.system.*', 'greenorg.system.action.more', false],
    ['greenorg.*.*', 'greenorg.custom.action', true],
    ['greenorg.*.*', 'greenorg2.custom.action', false],
    ['greenorg.#', 'greenorg', true],
    ['greenorg.#', 'greenorg.supporter.email_status', true],
    ['greenorg.#', 'greenorganic.supporter', false],
    ['#', '', true],
    ['#', 'any.thing.at.all', true],
    ['#.end', 'end', true],
    ['#.end', 'a.b.end', true],
    ['#.end', 'a.end.b', false],
    ['a.#.b', 'a.b', true],
    ['a.#.b', 'a.x.y.b', true],
    ['a.#.b', 'a.x.y', false],
    ['*', '', true],
    ['*', 'a.b', false],
    ['*.#', 'a', true],
    ['system.fact.#', 'system.fact.action', true],
    ['system.fact.#', 'system.catalogue.changed', false],
  ])('%s and the key %s: %s', (pattern, key, expected) => {
    expect(matchesTopic(pattern, key)).toBe(expected);
  });
});

describe('a reader of a message', () => {
  const all = new Set(['email-delivery', 'crm-forwarder']);
  const none = new Set<string>();
  const deliver = (word: 'system' | 'custom') => ({
    exchange: exchanges.deliver,
    routingKey: deliverKey('greenorg', word),
  });
  const supporterConfirm = (word: 'system' | 'custom') => ({
    exchange: exchanges.confirm,
    routingKey: supporterConfirmKey('greenorg', word),
  });
  const actionConfirm = { exchange: exchanges.confirm, routingKey: actionConfirmKey('greenorg') };
  const event = { exchange: exchanges.event, routingKey: orgEventKey('greenorg', 'supporter.email_status') };

  it.each<[string, { exchange: string; routingKey: string }, Partial<OrgRouting>, ReadonlySet<string>, boolean]>([
    ['confirmation by us, mails deployed', supporterConfirm('system'), {}, all, true],
    ['confirmation by us, no mails yet', supporterConfirm('system'), {}, none, false],
    ['confirmation by the org', supporterConfirm('custom'), { customSupporterConfirm: true }, none, true],
    ['confirmation by the org, flag off', supporterConfirm('custom'), {}, all, false],
    ['moderation', actionConfirm, { moderates: true }, none, true],
    ['moderation, nobody moderates', actionConfirm, { customSupporterConfirm: true }, all, false],
    ['delivery to the CRM alone', deliver('custom'), { customActionDeliver: true }, none, true],
    ['delivery to the CRM and a worker', deliver('system'), { customActionDeliver: true }, none, true],
    ['delivery to the thank-you mail', deliver('system'), {}, all, true],
    ['delivery to nobody', deliver('custom'), {}, all, false],
    ['delivery to a webhook', deliver('system'), { pushBackend: 'webhook' }, none, true],
    ['delivery to SQS', deliver('system'), { pushBackend: 'sqs' }, none, true],
    ['delivery past a webhook that takes events', deliver('system'), { eventBackend: 'webhook' }, none, false],
    ['event to the CRM', event, { customEventDeliver: true }, none, true],
    ['event to a webhook', event, { eventBackend: 'webhook' }, none, true],
    ['event to SQS', event, { eventBackend: 'sqs' }, none, true],
    ['event past a CRM that takes actions', event, { customActionDeliver: true }, all, false],
    ['delivery to another org', deliver('system'), { name: 'greenorg2', customActionDeliver: true }, none, false],
    ['delivery to the alias queue', deliver('custom'), { customActionDeliver: true, alias: true }, none, true],
  ])('of %s', (_what, message, settings, deployed, expected) => {
    expect(hasReader(message, anOrg(settings), deployed)).toBe(expected);
  });

  it.each([
    ['system.email.confirm', exchanges.confirm, '*.system.supporter'],
    ['system.email.thankyou', exchanges.deliver, '*.system.*'],
    ['system.email.request', exchanges.deliver, 'system.mail.*'],
    ['system.email.mailings', exchanges.deliver, 'system.mailing.*'],
  ])('in our own mail service: %s', (queue, exchange, key) => {
    expect(workerBindings).toContainEqual({ service: 'email-delivery', queue, exchange, key });
  });
});
