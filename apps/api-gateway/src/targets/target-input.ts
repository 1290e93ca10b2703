import {
  blankError,
  checkEmail,
  checkFields,
  checkTargetLocale,
  formatError,
  isStorableText,
  type CustomFields,
} from '@groundswell/domain';
import type { InputProblem } from '../api/api-error';
import { InputAttributes, withoutUndefined } from '../catalogue-writing/input-attributes';
import { takenError } from '../catalogue-writing/taken-name';

export interface TargetInput {
  name?: string | null;
  externalId: string;
  locale?: string | null;
  area?: string | null;
  fields?: Record<string, unknown> | null;
  emails?: { email: string }[] | null;
}

export interface TargetColumns {
  name: string;
  locale: string | null;
  area: string | null;
  fields: CustomFields;
}

/** One entry of the list, checked. */
export interface GivenTarget {
  /** Position in the list. */
  index: number;
  externalId: string;
  columns: Partial<TargetColumns>;
  /** Trimmed, lower-case, each once; null leaves the addresses as they are. */
  emails: string[] | null;
}

export const pathOf = (index: number): (string | number)[] => ['targets', index];

/** What a list says, and what is wrong with it. An entry whose externalId is wrong or repeated is not among the targets. */
export function readTargetInputs(inputs: TargetInput[]): { targets: GivenTarget[]; problems: InputProblem[] } {
  const targets = new Map<string, GivenTarget>();
  const problems: InputProblem[] = [];
  for (const [index, input] of inputs.entries()) {
    const attributes = new InputAttributes(input, false, pathOf(index));
    const externalId = attributes.requiredText('externalId');
    const columns = withoutUndefined({
      name: attributes.requiredText('name'),
      locale: attributes.optionalText('locale', checkTargetLocale),
      area: attributes.optionalText('area'),
      fields: readFields(attributes, input),
    });
    const emails = readEmails(attributes, input);
    if (externalId !== undefined && targets.has(externalId)) attributes.refuse(['externalId'], takenError);
    else if (externalId !== undefined) targets.set(externalId, { index, externalId, columns, emails });
    problems.push(...attributes.problems);
  }
  return { targets: [...targets.values()], problems };
}

function readFields(attributes: InputAttributes<TargetInput>, { fields }: TargetInput): CustomFields | undefined {
  if (fields == null) return fields === null ? {} : undefined;
  const message = checkFields(fields);
  if (message) attributes.refuse(['fields'], message);
  return message ? undefined : (fields as CustomFields);
}

function readEmails(attributes: InputAttributes<TargetInput>, { emails }: TargetInput): string[] | null {
  if (emails == null) return null;
  const addresses = emails.map(({ email }) => email.trim().toLowerCase());
  for (const [position, address] of addresses.entries()) {
    const message = addressProblem(address);
    if (message) attributes.refuse(['emails', position, 'email'], message);
  }
  return [...new Set(addresses)];
}

function addressProblem(address: string): string | null {
  if (address === '') return blankError;
  return isStorableText(address) ? checkEmail(address) : formatError;
}
