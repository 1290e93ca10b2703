import { createHash } from 'node:crypto';
import type { MailRequestV1 } from '@groundswell/contracts';
import { confirmLinks } from '@groundswell/domain';
import type { CatalogueOrg } from '@groundswell/persistence';
import type { ConfirmScene } from './confirm-scene';
import type { Account, NotifiableConfirm } from './notifiable-confirm';

/** What all mails of this service share. */
export interface MailSender {
  publicUrl: string;
  /** Its backend and templates are used. */
  instanceOrg: Pick<CatalogueOrg, 'id' | 'config'>;
}

/** One mail: to the deciding staff each, or to the address the confirm is for. The purpose is the same each time. */
export function confirmMails(
  confirm: NotifiableConfirm,
  scene: ConfirmScene,
  deciders: readonly Account[],
  sender: MailSender,
): MailRequestV1[] {
  const data = variables(confirm, scene, sender);
  const locale = sender.instanceOrg.config['locale'];
  const mail = (purposeOf: string, email: string): MailRequestV1 => ({
    schema: 'groundswell:mail:1',
    purpose: `confirm:${confirm.id}:${purposeOf}`,
    kind: confirm.operation,
    to: { email },
    locale: typeof locale === 'string' ? locale : null,
    data,
    notAfter: confirm.expiresAt.toISOString(),
  });
  if (scene.decidingOrgId !== null) return deciders.map(({ userId, email }) => mail(String(userId), email));
  return confirm.email ? [mail(hashOf(confirm.email), confirm.email)] : [];
}

/** Purposes stay when addresses go, so they hold none. */
const hashOf = (email: string): string =>
  createHash('sha256').update(email.trim().toLowerCase()).digest('hex').slice(0, 16);

/** Names of email-and-mtt.md §2.4; what is not known is "". */
function variables(confirm: NotifiableConfirm, { org, campaign, page }: ConfirmScene, sender: MailSender) {
  return {
    orgId: sender.instanceOrg.id,
    operation: confirm.operation,
    email: confirm.email ?? '',
    message: confirm.message ?? '',
    subjectId: confirm.subjectId,
    objectId: confirm.objectId ?? '',
    code: confirm.code,
    creator: { email: confirm.creator?.email ?? '', jobTitle: confirm.creator?.jobTitle ?? '' },
    ...confirmLinks(sender.publicUrl, confirm),
    org: { name: org.name, title: org.title, twitter: twitterOf(org.config) },
    ...(campaign && { campaign: { name: campaign.name, title: campaign.title } }),
    ...(page && { actionPage: { id: page.id, name: page.name, locale: page.locale } }),
  };
}

const twitterKeys = {
  name: 'name',
  screenName: 'screen_name',
  picture: 'picture',
  description: 'description',
  url: 'url',
  followersCount: 'followers_count',
} as const;

/** `config.twitter`, whichever spelling its keys have. */
function twitterOf(config: Record<string, unknown>): Record<string, string | number> {
  const known = config['twitter'];
  const from = typeof known === 'object' && known !== null ? (known as Record<string, unknown>) : {};
  return Object.fromEntries(
    Object.entries(twitterKeys).map(([key, snake]) => {
      const value = from[key] ?? from[snake];
      return [key, typeof value === 'string' || typeof value === 'number' ? value : ''];
    }),
  );
}
