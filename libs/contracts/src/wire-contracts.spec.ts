import { readdirSync, readFileSync } from 'node:fs';
import { actionIngestRequestV1, requeueActionsAnswerV1 } from './action-ingest-request.v1';
import { actionMessageV1 } from './action-message.v1';
import { actionMessageV2 } from './action-message.v2';
import { catalogueChangedV1, topologyChangedV1 } from './catalogue-changed.v1';
import { confirmCreatedEventV2 } from './confirm-created-event.v2';
import { confirmCreatedV1 } from './confirm-created.v1';
import { crmForwarderRequestV1, pushChangeAnswerV1, replayFailedAnswerV1 } from './crm-forwarder-request.v1';
import {
  changeAnswerV1,
  emailDeliveryRequestV1,
  mailLoopsAnswerV1,
  suppressionAnswerV1,
  suppressionRemovedV1,
  templatesAnswerV1,
} from './email-delivery-request.v1';
import { campaignUpdatedEventV2, emailStatusEventV2, eventMessageV2 } from './event-message.v2';
import { actionFactsV1, counterDeltaV1 } from './facts.v1';
import { mailOutcomeV1 } from './mail-outcome.v1';
import { mailRequestV1 } from './mail-request.v1';
import { mailingContentV1, mailingMessageV1, mailingPreparedV1, mailingRecipientsV1 } from './mailing.v1';
import { followUpsClosedV1 } from './followup-closed.v1';
import { ingestMessageV1, partitionMessageV1 } from './ingest-message.v1';
import { mttReplyV1 } from './mtt-reply.v1';
import { endpointDisabledV1 } from './endpoint-disabled.v1';
import { notifyServiceRequestV1 } from './notify-service-request.v1';
import { ruleEventV2 } from './rule-event.v2';
import { statsChangedV1 } from './stats-changed.v1';
import { supporterMailV1 } from './supporter-mail.v1';
import { systemEventV2 } from './system-event.v2';
import { targetMailV1 } from './target-mail.v1';
import { crmPasswordAnswerV1, orgQueuesAnswerV1, queueAlertV1, topologyRequestV1 } from './topology-request.v1';

interface Contract {
  parse(value: unknown): unknown;
  safeParse(value: unknown): { success: boolean };
}
type Path = (string | number)[];

const folder = 'libs/contracts/fixtures';
const fixture = (name: string): unknown => JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8'));

const contracts: Record<string, Contract[]> = {
  'action.v2.encrypted': [actionMessageV2],
  'action.v2.plaintext': [actionMessageV2],
  'action.v2.without-record': [actionMessageV2],
  'action.v2.donation': [actionMessageV2],
  'action.v2.moderation': [actionMessageV2],
  'action.v1.encrypted': [actionMessageV1],
  'action.v1.plaintext': [actionMessageV1],
  'action.v1.without-record': [actionMessageV1],
  'event.v2.email-status': [emailStatusEventV2, eventMessageV2],
  'event.v2.campaign-updated': [campaignUpdatedEventV2, eventMessageV2],
  'event.v2.confirm-created.launch-page': [confirmCreatedEventV2, eventMessageV2],
  'event.v2.confirm-created.add-staffer': [confirmCreatedEventV2, eventMessageV2],
  'event.v2.confirm-created.add-partner': [confirmCreatedEventV2, eventMessageV2],
  'system-event.v2.join-campaign': [systemEventV2],
  'system-event.v2.new-user': [systemEventV2],
  'submission.v1.contact': [ingestMessageV1, partitionMessageV1],
  'submission.v1.action': [ingestMessageV1, partitionMessageV1],
  'submission.v1.link': [ingestMessageV1, partitionMessageV1],
  'command.v1.supporter-decision': [ingestMessageV1, partitionMessageV1],
  'command.v1.action-decision': [ingestMessageV1, partitionMessageV1],
  'command.v1.link-actions': [ingestMessageV1, partitionMessageV1],
  'command.v1.email-event': [ingestMessageV1, partitionMessageV1],
  'command.v1.remind-supporter': [ingestMessageV1, partitionMessageV1],
  'command.v1.detail-result': [ingestMessageV1, partitionMessageV1],
  'command.v1.pass-mark': [partitionMessageV1],
  'command.v1.erase-contact': [partitionMessageV1],
  'request.v1.requeue-actions': [actionIngestRequestV1],
  'request.v1.requeue-actions-answer': [requeueActionsAnswerV1],
  'request.v1.schedule-mail-events': [emailDeliveryRequestV1],
  'request.v1.resend-mail': [emailDeliveryRequestV1],
  'request.v1.remove-suppression': [emailDeliveryRequestV1],
  'request.v1.list-templates': [emailDeliveryRequestV1],
  'request.v1.mail-loops-answer': [mailLoopsAnswerV1],
  'request.v1.change-answer': [changeAnswerV1, pushChangeAnswerV1],
  'request.v1.suppression-answer': [suppressionAnswerV1],
  'request.v1.suppression-removed-answer': [suppressionRemovedV1],
  'request.v1.list-templates-answer': [templatesAnswerV1],
  'request.v1.enable-endpoint': [crmForwarderRequestV1],
  'request.v1.replay-push': [crmForwarderRequestV1],
  'request.v1.drop-push': [crmForwarderRequestV1],
  'request.v1.replay-failed': [crmForwarderRequestV1],
  'request.v1.replay-failed-answer': [replayFailedAnswerV1],
  'request.v1.create-crm-credential': [topologyRequestV1],
  'request.v1.revoke-crm-credential': [topologyRequestV1],
  'request.v1.org-queues': [topologyRequestV1],
  'request.v1.crm-password-answer': [crmPasswordAnswerV1],
  'request.v1.org-queues-answer': [orgQueuesAnswerV1],
  'queue-alert.v1': [queueAlertV1],
  'supporter-mail.v1': [supporterMailV1],
  'endpoint-disabled.v1': [endpointDisabledV1],
  'event.v2.rule-fired': [ruleEventV2],
  'request.v1.add-rule': [notifyServiceRequestV1],
  'facts.v1': [actionFactsV1],
  'followups-closed.v1': [followUpsClosedV1],
  'mtt-reply.v1.mime': [mttReplyV1],
  'mtt-reply.v1.parsed': [mttReplyV1],
  'counters.v1': [counterDeltaV1],
  'stats-changed.v1': [statsChangedV1],
  'catalogue-changed.v1': [catalogueChangedV1],
  'topology-changed.v1': [topologyChangedV1],
  'mail-request.v1': [mailRequestV1],
  'target-mail.v1': [targetMailV1],
  'mail-outcome.v1.returned': [mailOutcomeV1],
  'mail-outcome.v1.bounce': [mailOutcomeV1],
  'mailing.v1.content': [mailingContentV1, mailingMessageV1],
  'mailing.v1.recipients': [mailingRecipientsV1, mailingMessageV1],
  'mailing.v1.prepared': [mailingPreparedV1, mailingMessageV1],
  'confirm-created.v1': [confirmCreatedV1],
};

/** A copy with one value replaced, or taken out where `value` is undefined. */
function changed(body: unknown, [key, ...rest]: Path, value: unknown): unknown {
  const copy = structuredClone(body) as Record<string | number, unknown>;
  if (key === undefined) return value;
  if (rest.length === 0 && value === undefined) delete copy[key];
  else copy[key] = changed(copy[key], rest, value);
  return copy;
}

describe('wire contracts', () => {
  it('each have a fixture, and each fixture a contract', () => {
    const files = readdirSync(folder).map((file) => file.replace(/\.json$/, ''));
    expect(files.sort()).toEqual(Object.keys(contracts).sort());
  });

  it.each(Object.entries(contracts))('read %s and write it back equal', (name, readers) => {
    for (const contract of readers) {
      expect(JSON.parse(JSON.stringify(contract.parse(fixture(name))))).toEqual(fixture(name));
    }
  });

  const shapes = Object.entries(contracts).filter(([name]) => /^action/.test(name));
  it.each(shapes)('let keys be added to %s later', (name, readers) => {
    const later = changed(fixture(name), ['added'], { anything: 1 });
    expect(readers[0]?.parse(later)).toEqual(later);
  });

  const refused: [name: string, what: string, path: Path, value: unknown][] = [
    ['action.v2.encrypted', 'another schema', ['schema'], 'proca:action:3'],
    ['action.v2.encrypted', 'an unknown stage', ['stage'], 'system'],
    ['action.v2.encrypted', 'an id as text', ['actionId'], '9001'],
    ['action.v2.encrypted', 'no recipient key', ['personalInfo', 'encryptKey'], undefined],
    ['action.v2.encrypted', 'personalInfo left out', ['personalInfo'], undefined],
    ['action.v2.encrypted', 'milliseconds in a time', ['action', 'createdAt'], '2026-11-20T10:00:00.123Z'],
    ['action.v2.encrypted', 'a local time', ['privacy', 'givenAt'], '2026-11-20T10:00:00+01:00'],
    ['action.v2.encrypted', 'no contactRef', ['contact', 'contactRef'], null],
    ['action.v2.encrypted', 'a key that may be null left out', ['contact', 'email'], undefined],
    ['action.v2.encrypted', 'tracking left out', ['tracking'], undefined],
    ['action.v2.encrypted', 'no title of the org', ['org', 'title'], undefined],
    ['action.v2.encrypted', 'fields of version 1', ['action', 'customFields'], undefined],
    ['action.v2.donation', 'an amount with a fraction', ['action', 'donation', 'amount'], 15.5],
    ['action.v2.moderation', 'links without a code', ['confirm', 'code'], undefined],
    ['action.v1.encrypted', 'schema of version 2', ['schema'], 'proca:action:2'],
    ['action.v1.encrypted', 'customFields in place of fields', ['action', 'fields'], undefined],
    ['action.v1.plaintext', 'no payload', ['contact', 'payload'], undefined],
    ['action.v1.plaintext', 'privacy without a time', ['privacy', 'givenAt'], undefined],
    ['event.v2.email-status', 'an unknown event', ['eventType'], 'email_opened'],
    ['event.v2.email-status', 'no org', ['orgId'], undefined],
    ['event.v2.email-status', 'no supporter', ['supporter'], undefined],
    ['event.v2.campaign-updated', 'a config that is no object', ['campaign', 'config'], '{}'],
    ['event.v2.confirm-created.launch-page', 'no org it is for', ['orgId'], undefined],
    ['event.v2.confirm-created.launch-page', 'no code', ['confirm', 'code'], undefined],
    ['event.v2.confirm-created.add-staffer', 'a creator without email', ['confirm', 'creator'], { jobTitle: null }],
    ['event.v2.confirm-created.add-partner', 'no object in another way', ['confirm', 'objectId'], null],
    ['system-event.v2.new-user', 'an unknown event', ['eventType'], 'new_page'],
    ['system-event.v2.new-user', 'the stage of an action', ['stage'], 'deliver'],
    ['system-event.v2.join-campaign', 'whole seconds', ['action', 'createdAt'], '2026-11-21T08:30:00Z'],
    ['submission.v1.contact', 'an unknown kind', ['kind'], 'contacts'],
    ['submission.v1.contact', 'an id that is no UUID', ['id'], '9001'],
    ['submission.v1.contact', 'no ref', ['ref'], ''],
    ['submission.v1.contact', 'a ref without end', ['ref'], 'a'.repeat(256)],
    ['submission.v1.contact', 'an accept time without zone', ['acceptedAt'], '2026-11-20T10:00:00'],
    ['submission.v1.contact', 'a nested field', ['action', 'fields', 'toppings'], { tofu: true }],
    ['submission.v1.contact', 'a mixed list', ['action', 'fields', 'toppings'], ['tofu', 1]],
    ['submission.v1.contact', 'a field without value', ['action', 'fields', 'toppings'], null],
    ['submission.v1.contact', 'a donation of nothing', ['action', 'donation', 'amount'], 0],
    ['submission.v1.contact', 'a currency in words', ['action', 'donation', 'currency'], 'euro'],
    ['submission.v1.contact', 'a target that is no id', ['action', 'mtt', 'targetIds', 0], 'the minister'],
    ['submission.v1.contact', 'a record of nobody', ['contacts', 0, 'orgId'], null],
    ['submission.v1.contact', 'an unknown copy to clear', ['clearAtDeliver', 0], 'area'],
    ['submission.v1.contact', 'a source longer than its column', ['source', 'campaign'], 'a'.repeat(256)],
    ['submission.v1.action', 'an action without type', ['action', 'actionType'], ''],
    ['submission.v1.link', 'an empty reference', ['linkRefs', 0], ''],
    ['command.v1.supporter-decision', 'an unknown decision', ['decision'], 'maybe'],
    ['command.v1.supporter-decision', 'no word on the opt-in', ['doubleOptIn'], undefined],
    ['command.v1.action-decision', 'no decision', ['decision'], null],
    ['command.v1.action-decision', 'schema of a submission', ['schema'], 'groundswell:submission:1'],
    ['command.v1.link-actions', 'ids as text', ['actionIds', 0], '9002'],
    ['command.v1.email-event', 'an event that changes nothing', ['event'], 'open'],
    ['command.v1.remind-supporter', 'reminder number 0', ['reminder'], 0],
    ['command.v1.detail-result', 'an email status that is no event', ['details', 'emailStatus', 'status'], 'active'],
    ['command.v1.detail-result', 'a nested field', ['details', 'customFields', 'a'], { b: 1 }],
    ['mtt-reply.v1.mime', 'more than the beginning of a mail', ['mail', 'content'], 'A'.repeat(100_000)],
    ['mtt-reply.v1.parsed', 'no message', ['messageId'], 0],
    ['followups-closed.v1', 'an open item', ['closed', 0, 'state'], 'open'],
    ['command.v1.pass-mark', 'a partition that is none', ['partition'], 16],
    ['command.v1.pass-mark', 'no pass', ['passId'], undefined],
    ['facts.v1', 'an unknown status', ['facts', 0, 'after', 'action'], 'done'],
    ['facts.v1', 'no state after', ['facts', 0, 'after'], null],
    ['counters.v1', 'half a supporter', ['campaigns', 0, 'byOrg', '11'], 0.5],
    ['counters.v1', 'no number', ['number'], undefined],
    ['counters.v1', 'a page of no campaign', ['pages', '31', 'campaignId'], undefined],
    ['stats-changed.v1', 'a campaign by name', ['campaignIds', 0], 'first'],
    ['catalogue-changed.v1', 'a row id as number', ['changes', 0, 'id'], 11],
    ['command.v1.erase-contact', 'no instant of the tombstone', ['erasedAt'], undefined],
    ['request.v1.requeue-actions', 'an unknown queue', ['queue'], 'system.dead'],
    ['request.v1.schedule-mail-events', 'an unknown kind', ['kind'], 'restart'],
    ['request.v1.schedule-mail-events', 'a time without zone', ['begin'], '2026-11-20T10:00:00'],
    ['request.v1.resend-mail', 'a row id as number', ['deliveryId'], 17],
    ['request.v1.resend-mail', 'no word on the org', ['orgId'], undefined],
    ['request.v1.remove-suppression', 'no address', ['address'], ''],
    ['request.v1.enable-endpoint', 'no word on the org', ['orgId'], undefined],
    ['request.v1.replay-push', 'a row id as number', ['pushId'], 17],
    ['request.v1.drop-push', 'no row id', ['pushId'], '0'],
    ['request.v1.replay-failed', 'all orgs at once', ['orgId'], null],
    ['request.v1.replay-failed', 'a time without zone', ['from'], '2026-11-20T10:00:00'],
    ['request.v1.mail-loops-answer', 'a key left out', ['missing', 'lastError'], undefined],
    ['confirm-created.v1', 'an unknown operation', ['operation'], 'add_org'],
    ['confirm-created.v1', 'an object left out', ['objectId'], undefined],
    ['mail-request.v1', 'no purpose', ['purpose'], ''],
    ['mail-request.v1', 'a kind of two words', ['kind'], 'add.staffer'],
    ['target-mail.v1', 'a purpose of another mail', ['purpose'], 'supporter:thank_you:1'],
    ['target-mail.v1', 'no number of the asking', ['attempt'], undefined],
    ['target-mail.v1', 'no end', ['notAfter'], undefined],
    ['target-mail.v1', 'a body longer than a message', ['body'], 'a'.repeat(10_241)],
    ['mail-outcome.v1.returned', 'an unknown outcome', ['outcome'], 'done'],
    ['topology-changed.v1', 'an unknown state', ['state'], 'fine'],
  ];
  it.each(refused)('refuse %s with %s', (name, _what, path, value) => {
    const wrong = changed(fixture(name), path, value);
    for (const contract of contracts[name] ?? []) expect(contract.safeParse(wrong).success).toBe(false);
  });

  it.each([null, undefined, 'text', 7, [], {}])('refuse %j', (body) => {
    for (const readers of Object.values(contracts)) {
      for (const contract of readers) expect(contract.safeParse(body).success).toBe(false);
    }
  });
});
