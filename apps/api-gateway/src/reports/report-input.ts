import type { ReportFormat, ReportKind } from '@groundswell/contracts';
import { isTimezone, type Permission } from '@groundswell/domain';
import { InputError } from '../api/api-error';

export interface ReportInput {
  kind: string;
  format?: string | null;
  campaign?: string | null;
  from?: Date | null;
  to?: Date | null;
  language?: string | null;
  timeZone?: string | null;
}

/** What may be asked for by whoever holds one of these. */
export const reportPermissions: Readonly<Record<ReportKind, readonly Permission[]>> = {
  actions: ['export_contacts'],
  campaign_summary: ['export_contacts', 'manage_campaigns', 'change_campaign_settings'],
  mtt_delivery: ['export_contacts', 'manage_campaigns', 'change_campaign_settings'],
  usage: ['export_contacts', 'manage_campaigns', 'change_campaign_settings'],
};

const languageForm = /^[a-z]{2,3}([_-][A-Za-z0-9]{2,8})*$/;
const defaultLanguage = 'en';

/** Throws InputError at the attribute. Whether Postgres knows the zone is asked elsewhere. */
export function readReportInput(input: ReportInput, orgConfig: Record<string, unknown>) {
  const { from = null, to = null } = input;
  if (from && to && from >= to) throw InputError.at(['input', 'from'], 'must be before to');
  const language = input.language ?? textOf(orgConfig['locale']) ?? defaultLanguage;
  if (!languageForm.test(language)) throw InputError.at(['input', 'language'], 'is invalid');
  const timeZone = input.timeZone ?? knownZone(orgConfig['timezone']) ?? 'UTC';
  if (!isTimezone(timeZone)) throw InputError.at(['input', 'timeZone'], 'is invalid');
  return {
    report: input.kind.toLowerCase() as ReportKind,
    format: (input.format ?? 'CSV').toLowerCase() as ReportFormat,
    campaign: input.campaign ?? null,
    from: from && from.toISOString(),
    to: to && to.toISOString(),
    ...{ language, timeZone },
  };
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The org's own, where it is one. */
const knownZone = (value: unknown): string | null => {
  const zone = textOf(value);
  return zone !== null && isTimezone(zone) ? zone : null;
};
