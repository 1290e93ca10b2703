import { checkFields, isObject, type CustomFields } from '../action/custom-fields';
import { isSettableEmailStatus } from '../processing/supporter-email-status';
import type { EmailStatus } from '../processing/status';

/** What a collector's own service tells of a supporter (processing.md §8.2). */
export interface SupporterDetails {
  /** Null: nothing is said of the opt-in; a no changes nothing either. */
  optedInAt: Date | null;
  /** Only what an email status of a supporter may become. */
  emailStatus: { status: SettableEmailStatus; at: Date } | null;
  customFields: CustomFields;
}
export type SettableEmailStatus = Extract<EmailStatus, 'double_opt_in' | 'bounce' | 'blocked' | 'spam' | 'unsub'>;

/** `fault`: nothing can be made of the answer, so it is asked again. */
export type DetailAnswer = { details: SupporterDetails | null } | { fault: string };

const withOffset = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/i;

/** Of the clock over there, ms. What is told of times to come would hold against all that follows. */
const aheadMs = 5 * 60_000;
/** Nobody opted in before; Postgres knows no year 0. */
const earliest = Date.UTC(1900, 0, 1);

/** The body of a 200. An empty object, or one that says nothing, is no details. */
export function readDetailAnswer(body: string, now = new Date()): DetailAnswer {
  const answer = parse(body);
  if (!isObject(answer)) return { fault: 'the answer is no JSON object' };
  const privacy = answer['privacy'] ?? {};
  const action = answer['action'] ?? {};
  if (!isObject(privacy)) return { fault: 'privacy is no object' };
  if (!isObject(action)) return { fault: 'action is no object' };
  const optedIn = optedInOf(privacy, now);
  if ('fault' in optedIn) return optedIn;
  const status = emailStatusOf(privacy, now);
  if ('fault' in status) return status;
  const customFields = action['customFields'] ?? {};
  if (!isObject(customFields) || checkFields(customFields) !== null) {
    return { fault: 'customFields is no flat object, or too large' };
  }
  const isEmpty = optedIn.at === null && status.told === null && Object.keys(customFields).length === 0;
  if (isEmpty) return { details: null };
  return { details: { optedInAt: optedIn.at, emailStatus: status.told, customFields: customFields as CustomFields } };
}

type Fault = { fault: string };

function optedInOf({ optIn, givenAt }: Record<string, unknown>, now: Date): { at: Date | null } | Fault {
  if (optIn === undefined || optIn === null || optIn === false) return { at: null };
  if (optIn !== true) return { fault: 'optIn is neither true nor false' };
  const at = instantOf(givenAt, now);
  return at ? { at } : { fault: 'optIn without givenAt as a past time with offset' };
}

/** A status that no supporter has by an event of mail (`active`, `none`) is left out. */
function emailStatusOf(privacy: Record<string, unknown>, now: Date): { told: SupporterDetails['emailStatus'] } | Fault {
  const given = privacy['emailStatus'];
  if (given === undefined || given === null) return { told: null };
  if (typeof given !== 'string') return { fault: 'emailStatus is no text' };
  const status = given === 'doubleOptIn' ? 'double_opt_in' : given;
  const at = instantOf(privacy['emailStatusChanged'], now);
  if (!at) return { fault: 'emailStatus without emailStatusChanged as a past time with offset' };
  return { told: isSettableEmailStatus(status) ? { status, at } : null };
}

/** In whole seconds; null for what is none, or cannot be. */
function instantOf(value: unknown, now: Date): Date | null {
  if (typeof value !== 'string' || !withOffset.test(value)) return null;
  const ms = Date.parse(value.replace(',', '.').replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  const isPast = ms >= earliest && ms <= now.getTime() + aheadMs;
  return !isPast ? null : new Date(Math.floor(ms / 1000) * 1000);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    // Said by the caller: no JSON object.
    return undefined;
  }
}
