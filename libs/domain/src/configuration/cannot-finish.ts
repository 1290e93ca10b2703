import { effectiveProcessing } from '../processing/effective-processing';

export interface ConfirmationSettings {
  /** The collector. */
  org: {
    supporterConfirm: boolean;
    supporterConfirmTemplate: string | null;
    customSupporterConfirm: boolean;
    customActionConfirm: boolean;
    hasEmailBackend: boolean;
    emailFrom: string | null;
  };
  /** Null to judge the org by itself, as for pages of campaigns without settings of their own. */
  campaign: {
    supporterConfirm: boolean | null;
    supporterConfirmTemplate: string | null;
    actionConfirm: boolean | null;
  } | null;
  page: { supporterConfirmTemplate: string | null } | null;
}

export interface MissingSetting {
  /** CamelCase path element of the flag that asks for it. */
  flag: 'supporterConfirm';
  /** Argument name of the setting that is missing; the message is `cannot finish: <missing>`. */
  missing: 'emailBackend' | 'emailFrom' | 'supporterConfirmTemplate';
}

/** What keeps the actions of a page waiting for ever (processing.md 7.2): a confirm mail nobody can send.
 *  Action confirm always finishes: whatever makes it effective (the campaign's flag on a campaign the org has a page
 *  in, or the org's) also declares ORG.moderate. So does supporter confirm with a custom queue. */
export function cannotFinish({ org, campaign, page }: ConfirmationSettings): MissingSetting[] {
  const { supporterConfirm } = effectiveProcessing({
    org,
    campaign: campaign ?? { supporterConfirm: null, actionConfirm: null },
  });
  if (!supporterConfirm || org.customSupporterConfirm) return [];

  const template = page?.supporterConfirmTemplate || campaign?.supporterConfirmTemplate || org.supporterConfirmTemplate;
  const missing: MissingSetting[] = [];
  if (!org.hasEmailBackend) missing.push({ flag: 'supporterConfirm', missing: 'emailBackend' });
  if (!org.emailFrom) missing.push({ flag: 'supporterConfirm', missing: 'emailFrom' });
  if (!template) missing.push({ flag: 'supporterConfirm', missing: 'supporterConfirmTemplate' });
  return missing;
}
