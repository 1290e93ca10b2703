import type { Options } from 'amqplib';
import { stageMessageId, type ActionMessageV2, type EmailStatusEventV2 } from '@groundswell/contracts';
import { fingerprint } from '@groundswell/crypto';
import type { TestOrg } from './forwarder-fixture';

/** A message of an org as it is published: what `send` of the fixture takes. */
export interface Published<Body> {
  body: Body;
  properties: Options.Publish & { messageId: string; headers: Record<string, unknown> };
}

export const refOf = (person: string): Buffer => fingerprint('test', `${person}@example.org`);

const actionPage = {
  locale: 'en',
  name: 'act/river',
  thankYouTemplate: null,
  thankYouTemplateRef: null,
  supporterConfirmTemplate: null,
};
const campaign = { name: 'river', title: 'Save the river', externalId: null, contactSchema: 'basic' };

const createdAt = '2026-03-01T10:00:00Z';

const contactOf = (person: string): ActionMessageV2['contact'] => ({
  firstName: person,
  email: `${person}@example.org`,
  contactRef: refOf(person).toString('base64url'),
  dupeRank: 0,
  area: null,
});

/** One delivered signature. */
export function anAction(
  { id: orgId, name }: TestOrg,
  actionId: number,
  { person = `person${actionId}`, ...change }: Partial<ActionMessageV2> & { person?: string } = {},
): Published<ActionMessageV2> {
  const body: ActionMessageV2 = {
    schema: 'proca:action:2',
    stage: 'deliver',
    actionId,
    actionPageId: 1,
    campaignId: 1,
    orgId,
    action: { actionType: 'register', customFields: {}, createdAt, testing: false },
    actionPage,
    campaign,
    org: { name, title: `The ${name}` },
    contact: contactOf(person),
    personalInfo: null,
    privacy: { optIn: true, givenAt: createdAt, emailStatus: null, emailStatusChanged: null, withConsent: true },
    tracking: null,
    ...change,
  };
  const headers = { org_id: orgId, org: name, collector_id: orgId, stage: body.stage, action_id: actionId, attempt: 1 };
  return {
    body,
    properties: { messageId: stageMessageId(actionId, 'deliver', orgId), type: body.schema, headers },
  };
}

/** The email status of somebody who signed once has changed. */
export function anEmailStatusEvent(
  { id: orgId, name }: TestOrg,
  actionId: number,
  person = `person${actionId}`,
): Published<EmailStatusEventV2> {
  const body: EmailStatusEventV2 = {
    schema: 'proca:event:2',
    eventType: 'email_status',
    timestamp: '2026-03-02T10:00:00Z',
    orgId,
    supporter: {
      contact: contactOf(person),
      privacy: { emailStatus: 'bounce', emailStatusChanged: '2026-03-02T10:00:00Z', withConsent: true },
      personalInfo: null,
    },
    actionId,
    action: { actionType: 'register', customFields: {}, createdAt, testing: false },
    actionPageId: 1,
    actionPage,
    campaignId: 1,
    campaign,
    tracking: null,
  };
  const headers = { org_id: orgId, org: name, event_type: body.eventType, action_id: actionId, attempt: 1 };
  return { body, properties: { messageId: `event:${orgId}:${actionId}`, type: body.schema, headers } };
}
