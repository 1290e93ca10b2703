import { emailPattern } from '../contact/clean-contact';
import { blankError, formatError, invalidError, tooLongError } from '../validation/messages';
import { isLongerThan } from '../validation/text-rule';

type Text = string | null | undefined;

const identifier = /^[A-Za-z0-9_-]+$/;
const pageName = /^(?:[A-Za-z0-9_-]+|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)(?:\/[A-Za-z0-9_-]+)+$/;
const pageLocale = /^[a-z]{2}(?:_[A-Z]{2})?(?:@[a-z]+)?$/;
const targetLocale = /^[a-z]{2}(?:_[A-Z]{2})?$/;
const templateName = /^[A-Za-z0-9_ -]+$/;
const fileName = /^[-0-9A-Za-z!_.*'()/]+$/;

/** First words of our own routing keys, exchanges and queues, in any case. */
const reservedOrgNames: ReadonlySet<string> = new Set([
  'system',
  'ingest',
  'confirm',
  'deliver',
  'event',
  'amq',
  'reply',
]);

const maxStoredLength = 255;
/** A routing key has at most 255 bytes; the longest suffix after the org is `.confirm_created.join_campaign`. */
const maxOrgNameLength = 200;
const maxExternalId = 2 ** 31 - 1;
const maxExtraSupporters = 100_000_000;

/** Null when not given or right. */
function checkOptional(text: Text, pattern: RegExp, maxLength = maxStoredLength): string | null {
  if (!text) return null;
  if (isLongerThan(text, maxLength)) return tooLongError(maxLength);
  return pattern.test(text) ? null : formatError;
}

const checkRequired = (text: Text, pattern: RegExp, maxLength?: number): string | null =>
  text ? checkOptional(text, pattern, maxLength) : blankError;

export const checkOrgName = (name: Text): string | null =>
  checkRequired(name, identifier, maxOrgNameLength) ??
  (reservedOrgNames.has((name ?? '').toLowerCase()) ? invalidError : null);

export const checkCampaignName = (name: Text): string | null => checkRequired(name, identifier);
export const checkActionType = (actionType: Text): string | null => checkRequired(actionType, identifier);

/** Identifier or dotted host name, then one or more segments: `act.movemove.org/petition/a`, `org_name/petition`. */
export const checkPageName = (name: Text): string | null => checkRequired(name, pageName);

/** `xx` or `xx_YY`, optionally with a variant: `de_AT@formal`. */
export const checkPageLocale = (locale: Text): string | null => checkRequired(locale, pageLocale);
export const checkTargetLocale = (locale: Text): string | null => checkOptional(locale, targetLocale);
export const checkTemplateName = (name: Text): string | null => checkRequired(name, templateName);

/** Storage key of an attachment. */
export const checkFileName = (name: Text): string | null => checkRequired(name, fileName);
export const checkEmail = (email: Text): string | null => checkOptional(email, emailPattern);

const checkRange = (value: number | null | undefined, max: number): string | null =>
  value == null || (Number.isInteger(value) && value >= 0 && value <= max) ? null : invalidError;

export const checkExternalId = (id: number | null | undefined): string | null => checkRange(id, maxExternalId);
export const checkExtraSupporters = (count: number | null | undefined): string | null =>
  checkRange(count, maxExtraSupporters);
