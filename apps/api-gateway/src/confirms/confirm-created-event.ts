import {
  confirmCreatedSuffix,
  factKeys,
  type ConfirmCreatedEventV2,
  type ConfirmCreatedV1,
} from '@groundswell/contracts';
import { confirmLinks, type ConfirmOperation } from '@groundswell/domain';
import type { CatalogueCampaign, CatalogueOrg, Confirm, User } from '@groundswell/persistence';
import type { WriteEffects } from '../catalogue-writing/write-effects';

export interface CreatedConfirm {
  confirm: Confirm;
  operation: ConfirmOperation;
  creator: Pick<User, 'email' | 'jobTitle'> | null;
  /** Whom the event is for. */
  recipientOrgId: number;
  publicUrl: string;
  /** Of a launch: the campaign, and the partner who asks; of an invitation: the org. */
  campaign?: CatalogueCampaign;
  org?: CatalogueOrg;
}

/** The event for the org that is asked or runs the instance (processing.md §6.3), and the fact by which notify-service
 *  sends the mail. */
export function emitConfirmCreated(effects: WriteEffects, created: CreatedConfirm): void {
  const { confirm, operation, recipientOrgId } = created;
  effects.event(recipientOrgId, confirmCreatedSuffix(operation), eventBody(created));
  const fact: ConfirmCreatedV1 = {
    schema: 'groundswell:confirm:1',
    confirmId: confirm.id,
    operation,
    subjectId: confirm.subjectId,
    objectId: confirm.objectId,
  };
  effects.fact(`confirm:${confirm.id}:created`, factKeys.confirmCreated, fact.schema, fact);
}

function eventBody({ confirm, operation, creator, recipientOrgId, publicUrl, campaign, org }: CreatedConfirm) {
  const body: ConfirmCreatedEventV2 = {
    schema: 'proca:event:2',
    eventType: 'confirm_created',
    timestamp: `${confirm.updatedAt.toISOString().slice(0, 19)}Z`,
    orgId: recipientOrgId,
    confirm: {
      operation,
      code: confirm.code,
      email: confirm.email ?? '',
      message: confirm.message ?? '',
      subjectId: confirm.subjectId,
      objectId: confirm.objectId ?? '',
      creator: creator ? { email: creator.email, jobTitle: creator.jobTitle } : {},
      ...confirmLinks(publicUrl, confirm),
    },
  };
  if (campaign) body.campaign = { name: campaign.name, title: campaign.title };
  if (org) body.org = { name: org.name, title: org.title };
  if (org && operation === 'launch_page') body.org = { name: org.name, title: org.title, twitter: twitterOf(org) };
  return body;
}

/** From `config.twitter`, where tools that look the account up keep it; in either spelling of the names. */
function twitterOf({ config }: CatalogueOrg) {
  const kept = config['twitter'];
  const given = typeof kept === 'object' && kept !== null ? (kept as Record<string, unknown>) : {};
  const text = (...names: string[]): string | null => {
    const value = names.map((name) => given[name]).find((one) => typeof one === 'string');
    return (value as string | undefined) ?? null;
  };
  const followers = given['followersCount'] ?? given['followers_count'];
  return {
    name: text('name'),
    screenName: text('screenName', 'screen_name'),
    picture: text('picture'),
    description: text('description'),
    url: text('url'),
    followersCount: typeof followers === 'number' ? followers : null,
  };
}
