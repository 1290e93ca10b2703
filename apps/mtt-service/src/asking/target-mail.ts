import { exchanges, mailRequestKey, targetMailV1, type TargetMailV1 } from '@groundswell/contracts';
import { encodeRef } from '@groundswell/crypto';
import { mttPurpose, mttTestPurpose } from '@groundswell/domain';
import { mailLane, type OutboxMessage } from '@groundswell/persistence';
import type { MessageSource } from '../pacing/claim.repository';
import type { PacedCampaign } from '../pacing/paced-campaign';

export interface MailTerms {
  /** Number of this asking. */
  attempt: number;
  notAfter: Date;
}

/** What email-delivery is asked for, or why it cannot be: a broken message fails alone, but no message fails for what is wrong with
 *  its campaign's settings. */
export type BuiltMail = { mail: TargetMailV1 } | { error: string; isOfCampaign: boolean };

/** The mail of a message to its target; of a test to the supporter, with a copy to the campaign's test address only. */
export function targetMail(campaign: PacedCampaign, source: MessageSource, terms: MailTerms): BuiltMail {
  const { testing, email } = source;
  const supporter = {
    firstName: source.firstName ?? '',
    lastName: source.lastName ?? '',
    email,
    area: source.area,
  };
  const name = `${supporter.firstName} ${supporter.lastName}`.trim();
  const contactRef = encodeRef(source.fingerprint);
  const built = targetMailV1.safeParse({
    schema: 'groundswell:target-mail:1',
    purpose: testing
      ? mttTestPurpose({ messageId: source.messageId })
      : mttPurpose({ targetId: source.targetId, contactRef: encodeRef(source.purposeRef ?? source.fingerprint) }),
    attempt: terms.attempt,
    messageId: source.messageId,
    campaignId: campaign.campaignId,
    orgId: campaign.orgId,
    actionPageId: source.actionPageId,
    actionId: source.actionId,
    ref: contactRef,
    acceptedAt: source.acceptedAt.toISOString(),
    testing,
    target: {
      id: source.targetId,
      name: source.targetName,
      externalId: source.targetExternalId,
      locale: source.targetLocale,
      area: source.targetArea,
      fields: source.targetFields,
    },
    targetEmailId: testing ? null : source.targetEmailId,
    to: testing ? { name, email } : { name: source.targetName, email: source.targetEmail },
    supporter,
    cc: testing ? given(campaign.testEmail) : [...campaign.ccContacts, ...(campaign.ccSender ? [email] : [])],
    subject: source.subject,
    body: source.body,
    files: source.files,
    template: campaign.messageTemplate,
    notAfter: terms.notAfter.toISOString(),
  });
  if (built.success) return { mail: built.data };
  const paths = built.error.issues.map(({ path }) => path);
  const own = paths.find(([part]) => !campaignParts.has(part));
  return { error: `no valid mail: ${(own ?? paths[0] ?? []).join('.')}`, isOfCampaign: own === undefined };
}

const campaignParts = new Set<PropertyKey | undefined>(['cc', 'template']);

const given = (address: string | null): string[] => (address ? [address] : []);

/** Each asking is a message of its own; email-delivery sends one purpose once. */
export const mailMessage = (mail: TargetMailV1): OutboxMessage => ({
  messageId: `${mail.purpose}:a${mail.attempt}`,
  lane: mailLane,
  exchange: exchanges.deliver,
  routingKey: mailRequestKey('target'),
  type: mail.schema,
  headers: { org_id: mail.orgId },
  body: JSON.stringify(mail),
});
