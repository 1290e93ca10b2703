import {
  exchanges,
  orgEventKey,
  ruleEventSuffix,
  ruleEventV2,
  type MailRequestV1,
  type RuleEventV2,
} from '@groundswell/contracts';
import {
  mailRequestMessage,
  type CatalogueCampaign,
  type CatalogueOrg,
  type OutboxMessage,
} from '@groundswell/persistence';
import type { WaitingFiring } from './firing.repository';
import type { Recipient } from './org-people.read-model';
import type { Fields, Rule } from './rule';

/** A mail names that many things; it says how many more there are. */
export const listedInMail = 50;

/** How long a mail about a rule is of use. */
const mailDays = 3;
const dayMs = 86_400_000;

export interface RuleMail {
  kind: 'rule_alert' | 'rule_digest';
  /** The same for the same occasion. */
  occasion: string;
  data: Record<string, unknown>;
  org: CatalogueOrg;
  /** The org made a template of its own, so its mail account sends it. */
  isByOrg: boolean;
  campaign: CatalogueCampaign | null;
  publicUrl: string;
}

export const alertData = (firings: readonly WaitingFiring[]): Record<string, unknown> => ({
  count: firings.length,
  items: firings.slice(0, listedInMail).map(({ subject, fields, firedAt }) => ({
    subject,
    text: textOf(fields),
    at: firedAt.toISOString(),
    ...fields,
  })),
  more: Math.max(0, firings.length - listedInMail),
});

/** `actionId 7, actionType register`. */
const textOf = (fields: Fields): string =>
  Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');

/** One to each recipient, under a purpose of its own: it is sent once, however often it is asked for. */
export function mailMessages(rule: Rule, mail: RuleMail, recipients: readonly Recipient[]): OutboxMessage[] {
  const { kind, occasion, data, org, isByOrg, campaign, publicUrl } = mail;
  const locale = org.config['locale'];
  return recipients.map(({ key, email }) => {
    const request: MailRequestV1 = {
      schema: 'groundswell:mail:1',
      purpose: `rule:${rule.id}:${occasion}:${key}`,
      kind,
      to: { email },
      ...(isByOrg && { orgId: org.id }),
      locale: typeof locale === 'string' ? locale : null,
      data: {
        email,
        rule: { id: rule.id, name: rule.name, trigger: rule.trigger, what: rule.trigger.replaceAll('_', ' ') },
        org: { name: org.name, title: org.title },
        ...(campaign && { campaign: { name: campaign.name, title: campaign.title } }),
        link: publicUrl,
        ...data,
      },
      notAfter: new Date(Date.now() + mailDays * dayMs).toISOString(),
    };
    return mailRequestMessage(request, rule.orgId);
  });
}

/** For the org's event backend: one for each thing it fired for, under a stable id. */
export function eventMessage(rule: Rule, org: CatalogueOrg, firing: WaitingFiring): OutboxMessage {
  const { id, subject, campaignId, fields, firedAt } = firing;
  const event: RuleEventV2 = {
    schema: 'proca:event:2',
    eventType: 'rule_fired',
    timestamp: `${firedAt.toISOString().slice(0, 19)}Z`,
    orgId: org.id,
    campaignId,
    rule: { id: rule.id, name: rule.name, trigger: rule.trigger },
    subject,
    fields,
  };
  const routingKey = orgEventKey(org.name, ruleEventSuffix);
  return {
    messageId: `event:rule:${id}`,
    lane: org.id,
    exchange: exchanges.event,
    routingKey,
    type: event.schema,
    headers: { org_id: org.id, routing_key: routingKey, org: org.name, event_type: event.eventType },
    body: JSON.stringify(ruleEventV2.parse(event)),
  };
}
