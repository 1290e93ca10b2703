import { importLimits, type ImportSettingsV1 } from '@groundswell/contracts';
import { isStorableJson, tooLongError, type ActionInput, type DonationInput } from '@groundswell/domain';
import type { ActionSubmissionInput, ContactSubmissionInput } from '@groundswell/submissions';
import { readBoolean, readCount, readInstant, readText, type Read } from './field-readers';
import type { FieldValue, RowFields, RowProblem } from './uploaded-row';

/** What a row says, in the form that signatures have. */
export interface ReadRow {
  input: ({ kind: 'contact' } & ContactSubmissionInput) | ({ kind: 'action' } & ActionSubmissionInput);
  acceptedAt: Date;
  clientActionId: string | null;
}

const customPrefix = 'customFields.';
const contactTexts = ['name', 'firstName', 'lastName', 'email', 'phone'] as const;
const addressTexts = ['country', 'postcode', 'locality', 'region', 'street', 'streetNumber'] as const;
const nationalityTexts = ['country', 'documentType', 'documentNumber'] as const;
const trackingTexts = ['source', 'medium', 'campaign', 'content', 'location'] as const;

/** The fields of one row, each read once; what cannot be read is noted. */
class FieldsInHand {
  readonly problems: RowProblem[] = [];

  constructor(private readonly fields: RowFields) {}

  read<T>(field: string, reader: (value: FieldValue) => Read<T>): T | undefined {
    const value = this.fields.get(field);
    if (value === undefined) return undefined;
    const result = reader(value);
    if ('value' in result) return result.value;
    this.problems.push({ field, reason: result.reason });
    return undefined;
  }

  texts<Name extends string>(prefix: string, names: readonly Name[]): Partial<Record<Name, string>> | null {
    const found = names.flatMap((name) => {
      const text = this.read(prefix + name, readText);
      return text === undefined ? [] : [[name, text] as const];
    });
    return found.length === 0 ? null : (Object.fromEntries(found) as Partial<Record<Name, string>>);
  }

  has(...prefixes: string[]): boolean {
    return [...this.fields.keys()].some((field) => prefixes.some((prefix) => field.startsWith(prefix)));
  }
}

/** Reads rows by the settings of one upload, asked for at `requestedAt`. Reads nothing else: the same row is always the same. */
export class RowReader {
  private readonly defaults: ReadonlyMap<string, string>;

  constructor(
    private readonly settings: ImportSettingsV1,
    private readonly requestedAt: Date,
  ) {
    this.defaults = new Map(settings.defaults.map(({ field, value }) => [field, value]));
  }

  read(given: RowFields): ReadRow | { problems: RowProblem[] } {
    const unfit = unfitFields(given);
    if (unfit.length > 0) return { problems: unfit };
    const fields = new FieldsInHand(new Map([...this.defaults, ...given]));
    const contactRef = fields.read('contactRef', readText);
    const tracking = fields.texts('tracking.', trackingTexts);
    const action = this.actionOf(fields, given);
    const contact = contactOf(fields);
    const clientActionId = fields.read('clientActionId', readText) ?? null;
    if (clientActionId !== null && clientActionId.length > importLimits.clientActionIdLength) {
      fields.problems.push({ field: 'clientActionId', reason: tooLongError(importLimits.clientActionIdLength) });
    }
    const acceptedAt = fields.read('createdAt', (value) => readInstant(value, this.requestedAt)) ?? this.requestedAt;
    const privacy = {
      optIn: fields.read('optIn', readBoolean) ?? this.settings.privacy.optIn,
      leadOptIn: fields.read('leadOptIn', readBoolean) ?? this.settings.privacy.leadOptIn,
    };
    if (fields.problems.length > 0) return { problems: fields.problems };
    if (contactRef !== undefined && !hasContact(given)) {
      return { input: { kind: 'action', action, contactRef, tracking }, acceptedAt, clientActionId };
    }
    const input = { kind: 'contact' as const, action, contact, privacy, tracking, contactRef: contactRef ?? null };
    return { input, acceptedAt, clientActionId };
  }

  private actionOf(fields: FieldsInHand, given: RowFields): ActionInput {
    const custom = [...new Set([...this.defaults.keys(), ...given.keys()])]
      .filter((field) => field.startsWith(customPrefix))
      .map((field) => [field.slice(customPrefix.length), given.get(field) ?? this.defaults.get(field)] as const);
    return {
      actionType: fields.read('actionType', readText) ?? null,
      customFields: Object.fromEntries(custom),
      donation: fields.has('donation.amount', 'donation.payload') ? donationOf(fields) : null,
      testing: this.settings.testing,
    };
  }
}

/** Whether the row itself is about a person, and not only about what somebody known did: defaults say nothing about people. */
const hasContact = (given: RowFields): boolean =>
  [...given.keys()].some(
    (field) =>
      (contactTexts as readonly string[]).includes(field) ||
      field === 'birthDate' ||
      field.startsWith('address.') ||
      field.startsWith('nationality.'),
  );

function contactOf(fields: FieldsInHand): ContactSubmissionInput['contact'] {
  return {
    ...fields.texts('', contactTexts),
    birthDate: fields.read('birthDate', readText)?.trim() ?? null,
    address: fields.texts('address.', addressTexts),
    nationality: fields.texts('nationality.', nationalityTexts),
  };
}

function donationOf(fields: FieldsInHand): DonationInput {
  const payload = fields.read('donation.payload', (value) =>
    typeof value === 'object' && !Array.isArray(value) ? { value } : { reason: 'is invalid' },
  );
  return {
    schema: fields.read('donation.schema', readText) ?? null,
    payload: payload ?? {},
    amount: fields.read('donation.amount', readCount) ?? null,
    currency: fields.read('donation.currency', readText) ?? null,
    frequencyUnit: fields.read('donation.frequencyUnit', readText) ?? null,
  };
}

/** What is wrong with a field whatever it is for. */
const unfitFields = (fields: RowFields): RowProblem[] =>
  [...fields].flatMap(([field, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (text.length > importLimits.fieldLength) return [{ field, reason: tooLongError(importLimits.fieldLength) }];
    // U+FFFD stands where the file was no UTF-8.
    if (text.includes('\uFFFD')) return [{ field, reason: 'is no UTF-8' }];
    return isStorableJson(JSON.stringify(value)) ? [] : [{ field, reason: 'has characters that cannot be stored' }];
  });
