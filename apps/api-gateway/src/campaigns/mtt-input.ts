import { blankError, checkEmail, formatError, invalidError, isStorableText, isTimezone } from '@groundswell/domain';
import type { Mtt } from '@groundswell/persistence';
import type { InputProblem } from '../api/api-error';
import { InputAttributes, withoutUndefined } from '../catalogue-writing/input-attributes';

export interface MttInput {
  startAt?: Date | null;
  endAt?: Date | null;
  messageTemplate?: string | null;
  testEmail?: string | null;
  ccContacts?: (string | null)[] | null;
  ccSender?: boolean | null;
  dripDelivery?: boolean | null;
  maxEmailsPerHour?: number | null;
  maxPerTargetPerDay?: number | null;
  timezone?: string | null;
}

const at = 'mtt';
const defaultPerTargetPerDay = 300;
/** A mail may have 50 copies, one of them the supporter's. */
const maxContacts = 49;
/** Every day between start and end is looked at when mails are planned: a hundred years, ms. */
const longestMs = 100 * 366 * 86_400_000;
/** The platform also knows offsets such as +01:00. */
const ianaName = /^[A-Za-z]/;
const positive = (value: number): string | null => (value > 0 ? null : 'must be greater than 0');

/** Columns an input sets, and what is wrong with it; `before` is null when the campaign has no settings yet. */
export function readMttInput(
  input: MttInput,
  before: Pick<Mtt, 'startAt' | 'endAt'> | null,
): { columns: Partial<Mtt>; problems: InputProblem[] } {
  const attributes = new InputAttributes(input, before === null, [at]);
  const perTarget = attributes.number('maxPerTargetPerDay', positive);
  const timezone = attributes.optionalText('timezone', (name) =>
    ianaName.test(name) && isTimezone(name) ? null : invalidError,
  );
  const columns = withoutUndefined({
    startAt: requiredInstant(attributes, input, 'startAt', before === null),
    endAt: requiredInstant(attributes, input, 'endAt', before === null),
    messageTemplate: attributes.optionalText('messageTemplate'),
    testEmail: attributes.optionalText('testEmail', checkEmail),
    ccContacts: contacts(attributes, input.ccContacts),
    ccSender: attributes.orDefault('ccSender', false),
    dripDelivery: attributes.orDefault('dripDelivery', true),
    maxEmailsPerHour: attributes.number('maxEmailsPerHour', positive),
    maxPerTargetPerDay: perTarget === null ? defaultPerTargetPerDay : perTarget,
    timezone: timezone === null ? 'Etc/UTC' : timezone,
  });
  const { startAt, endAt } = { ...before, ...columns };
  if (startAt && endAt && endAt <= startAt) attributes.refuse(['endAt'], 'should be after start_at');
  if (startAt && endAt && endAt.getTime() - startAt.getTime() > longestMs) attributes.refuse(['endAt'], invalidError);
  return { columns, problems: attributes.problems };
}

function requiredInstant(
  attributes: InputAttributes<MttInput>,
  input: MttInput,
  key: 'startAt' | 'endAt',
  isNew: boolean,
): Date | undefined {
  const value = input[key];
  if (value === null || (value === undefined && isNew)) attributes.refuse([key], blankError);
  return value ?? undefined;
}

function contacts(attributes: InputAttributes<MttInput>, list: MttInput['ccContacts']): string[] | undefined {
  if (list == null) return list === null ? [] : undefined;
  const given = list.map((email) => (email ?? '').trim());
  given.forEach((email, index) => {
    const message = isStorableText(email) ? checkEmail(email) : formatError;
    if (message) attributes.refuse(['ccContacts', index], message);
  });
  const contactsGiven = [...new Set(given.filter((email) => email !== ''))];
  if (contactsGiven.length > maxContacts) {
    attributes.refuse(['ccContacts'], `should have at most ${maxContacts} item(s)`);
  }
  return contactsGiven;
}
