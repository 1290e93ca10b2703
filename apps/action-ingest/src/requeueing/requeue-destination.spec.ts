import { actionConfirmKey, deliverKey, exchanges, supporterConfirmKey, type OrgRouting } from '@groundswell/contracts';
import { destinationQueue, type RequeuePurpose } from './requeue-destination';

const org: OrgRouting = {
  id: 7,
  name: 'greenorg',
  customSupporterConfirm: true,
  moderates: true,
  customActionDeliver: true,
  customEventDeliver: false,
  pushBackend: 'webhook',
  eventBackend: null,
  alias: false,
};
const off: OrgRouting = {
  ...org,
  customSupporterConfirm: false,
  moderates: false,
  customActionDeliver: false,
  pushBackend: null,
};
const deliver = { exchange: exchanges.deliver, routingKey: deliverKey('greenorg', 'system') };
const deliverCustom = { exchange: exchanges.deliver, routingKey: deliverKey('greenorg', 'custom') };
const confirm = { exchange: exchanges.confirm, routingKey: supporterConfirmKey('greenorg', 'custom') };
const confirmByMail = { exchange: exchanges.confirm, routingKey: supporterConfirmKey('greenorg', 'system') };
const moderate = { exchange: exchanges.confirm, routingKey: actionConfirmKey('greenorg') };
const services = new Set(['email-delivery']);

describe('the queue a message is sent to again', () => {
  it.each<[RequeuePurpose, { exchange: string; routingKey: string }, Partial<OrgRouting>, string | null]>([
    ['crm', deliver, {}, 'greenorg.crm'],
    ['crm', deliverCustom, {}, 'greenorg.crm'],
    ['crm', deliver, { alias: true }, 'cus.7.deliver'],
    ['crm', deliver, off, null],
    ['crm', confirm, {}, null],
    ['confirm', confirm, {}, 'greenorg.confirm'],
    ['confirm', confirm, { alias: true }, 'cus.7.confirm.supporter'],
    ['confirm', confirmByMail, {}, null],
    ['confirm', confirm, off, null],
    ['moderate', moderate, {}, 'greenorg.moderate'],
    ['moderate', moderate, { alias: true }, 'cus.7.confirm.action'],
    ['webhook', deliver, {}, 'greenorg.webhook'],
    ['webhook', deliverCustom, {}, null],
    ['webhook', deliver, { pushBackend: 'sqs' }, null],
    ['sqs', deliver, { pushBackend: 'sqs' }, 'system.sqs'],
    ['sqs', deliver, {}, null],
    ['email', deliver, {}, 'system.email.thankyou'],
    ['email', deliverCustom, {}, null],
    ['email', confirmByMail, {}, 'system.email.confirm'],
    ['email', confirm, {}, null],
  ])('for %s of %j with %j: %s', (purpose, message, change, queue) => {
    expect(destinationQueue(purpose, message, { ...org, ...change }, services)).toBe(queue);
  });

  it('is none for mail while no service reads it', () => {
    expect(destinationQueue('email', deliver, org, new Set())).toBeNull();
  });
});
