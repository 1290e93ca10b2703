import type { ActionStatus, SupporterStatus } from '../processing/status';
import { blankError, invalidError, tooLargeError } from '../validation/messages';
import { isStorableText } from '../validation/storable-text';

export const enrichmentKinds = ['translate', 'sentiment', 'transcribe', 'label'] as const;
export type EnrichmentKind = (typeof enrichmentKinds)[number];

/** What a campaign has done with its actions. Of a custom field's text, or of attachments: voice and images. */
export type EnrichmentRule =
  /** `language`: into which one. */
  | { kind: 'translate'; field: string; language: string }
  | { kind: 'sentiment'; field: string }
  /** `language`: which one is spoken; null: to be found out. */
  | { kind: 'transcribe'; language: string | null }
  | { kind: 'label' };

export interface EnrichmentRuleProblem {
  path: (string | number)[];
  message: string;
}

export const mostEnrichmentRules = 10;
const longestField = 64;
const languageForm = /^[a-z]{2,3}(-[A-Z]{2})?$/;

/** The rules in `campaign.config.enrichment`; none where it holds something else: nothing is sent out by a mistake. */
export function readEnrichmentRules(config: Readonly<Record<string, unknown>>): EnrichmentRule[] {
  const checked = checkEnrichmentRules(config['enrichment']);
  return 'rules' in checked ? checked.rules : [];
}

/** Rules as they are kept, or what is wrong with them. */
export function checkEnrichmentRules(
  given: unknown,
): { rules: EnrichmentRule[] } | { problems: EnrichmentRuleProblem[] } {
  if (given == null) return { rules: [] };
  if (!Array.isArray(given)) return { problems: [{ path: [], message: invalidError }] };
  if (given.length > mostEnrichmentRules) return { problems: [{ path: [], message: tooLargeError }] };
  const problems: EnrichmentRuleProblem[] = [];
  const rules = new Map<string, EnrichmentRule>();
  given.forEach((one: unknown, index) => {
    const checked = checkRule(one);
    if ('path' in checked) return void problems.push({ ...checked, path: [index, ...checked.path] });
    const key = `${checked.kind}:${'field' in checked ? checked.field : ''}`;
    if (rules.has(key)) problems.push({ path: [index], message: 'is there twice' });
    rules.set(key, checked);
  });
  return problems.length > 0 ? { problems } : { rules: [...rules.values()] };
}

function checkRule(given: unknown): EnrichmentRule | EnrichmentRuleProblem {
  if (typeof given !== 'object' || given === null) return { path: [], message: invalidError };
  const { kind, field = null, language = null } = given as Record<string, unknown>;
  switch (kind) {
    case 'translate':
      return textProblem(field) ?? languageProblem(language ?? '') ?? rule({ kind, field, language });
    case 'sentiment':
      return textProblem(field) ?? notTaken({ language }) ?? rule({ kind, field });
    case 'transcribe':
      return notTaken({ field }) ?? (language === null ? null : languageProblem(language)) ?? rule({ kind, language });
    case 'label':
      return notTaken({ field, language }) ?? rule({ kind });
    default:
      return { path: ['kind'], message: invalidError };
  }
}

/** Its values were looked at. */
const rule = (checked: object): EnrichmentRule => checked as EnrichmentRule;

function textProblem(field: unknown): EnrichmentRuleProblem | null {
  if (field === null || field === '') return { path: ['field'], message: blankError };
  const isField = typeof field === 'string' && field.length <= longestField && !field.startsWith(attachmentPrefix);
  return isField && isStorableText(field) ? null : { path: ['field'], message: invalidError };
}

function languageProblem(language: unknown): EnrichmentRuleProblem | null {
  if (language === '') return { path: ['language'], message: blankError };
  return typeof language === 'string' && languageForm.test(language)
    ? null
    : { path: ['language'], message: invalidError };
}

function notTaken(given: Record<string, unknown>): EnrichmentRuleProblem | null {
  const [name] = Object.entries(given).find(([, value]) => value !== null) ?? [];
  return name === undefined ? null : { path: [name], message: invalidError };
}

const attachmentPrefix = 'attachment:';

/** The field an enrichment is kept under: that of the action, or this for one of its attachments. */
export const attachmentField = (attachmentId: number | string): string => `${attachmentPrefix}${attachmentId}`;

/** Null for a custom field. */
export const attachmentOfField = (field: string): string | null =>
  field.startsWith(attachmentPrefix) ? field.slice(attachmentPrefix.length) : null;

/** What an attachment of this type can be enriched with. */
export function enrichmentOfType(contentType: string): 'transcribe' | 'label' | null {
  if (/^(audio|video)\//.test(contentType)) return 'transcribe';
  return /^image\/(jpeg|png)$/.test(contentType) ? 'label' : null;
}

const enriched: ReadonlySet<ActionStatus> = new Set(['confirming', 'accepted', 'delivered', 'repeat']);

/** Moderators want it before they decide; nobody pays for what nobody confirmed, for a test or for what was rejected. */
export const isEnriched = (action: ActionStatus, supporter: SupporterStatus | null, testing: boolean): boolean =>
  !testing && supporter === 'accepted' && enriched.has(action);
