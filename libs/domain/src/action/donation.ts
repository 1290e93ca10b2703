import { integerCodes } from '../codes/integer-codes';
import type { ErrorList } from '../validation/error-list';
import { blankError, currencyError, formatError, invalidError, positiveError } from '../validation/messages';
import { isDeeperThan } from '../validation/nesting';
import { isStorableJson } from '../validation/storable-text';
import { isCurrency } from './currencies';
import { isObject } from './custom-fields';

export type DonationSchema = 'stripe_payment_intent';
export type DonationFrequency = 'one_off' | 'weekly' | 'monthly' | 'daily' | 'yearly';

export interface DonationInput {
  /** Name in any case. */
  schema?: string | null;
  payload?: Record<string, unknown> | null;
  /** In the smallest unit of the currency. */
  amount?: number | null;
  currency?: string | null;
  /** Name in any case, as `parseDonationFrequency` takes it. */
  frequencyUnit?: string | null;
}

export interface Donation {
  schema: DonationSchema | null;
  payload: Record<string, unknown>;
  amount: number;
  currency: string;
  frequencyUnit: DonationFrequency;
}

const schemaCodes = integerCodes<DonationSchema>('donation schema', { stripe_payment_intent: 0 });
/** `yearly` is ours: the old server knows only the others. */
const frequencyCodes = integerCodes<DonationFrequency>('donation frequency', {
  one_off: 0,
  weekly: 1,
  monthly: 2,
  daily: 16,
  yearly: 32,
});

export const donationSchemaCode = schemaCodes.code;
export const donationSchemaFromCode = schemaCodes.value;
export const donationFrequencyCode = frequencyCodes.code;
export const donationFrequencyFromCode = frequencyCodes.value;

/** Widgets in the field also send DAY. */
const frequencyByName: ReadonlyMap<string, DonationFrequency> = new Map([
  ['one_off', 'one_off'],
  ['weekly', 'weekly'],
  ['monthly', 'monthly'],
  ['daily', 'daily'],
  ['day', 'daily'],
  ['yearly', 'yearly'],
]);

/** Null for a unit nobody knows. */
export const parseDonationFrequency = (name: string): DonationFrequency | null =>
  frequencyByName.get(name.toLowerCase()) ?? null;

const threeLetters = /^[A-Z]{3}$/;
const maxAmount = 2 ** 31 - 1;
/** Far beyond what Stripe sends, far below what overflows a stack here or in Postgres. */
const maxPayloadDepth = 100;

function parseSchema(name: string | null | undefined, errors: ErrorList): DonationSchema | null {
  if (!name) return null;
  if (name.toLowerCase() === 'stripe_payment_intent') return 'stripe_payment_intent';
  errors.add(invalidError, ['donation', 'schema']);
  return null;
}

function checkPayload(payload: unknown, errors: ErrorList): payload is Record<string, unknown> {
  if (payload == null) {
    errors.add(blankError, ['donation', 'payload']);
    return false;
  }
  const isStorable =
    isObject(payload) && !isDeeperThan(payload, maxPayloadDepth) && isStorableJson(JSON.stringify(payload));
  if (!isStorable) errors.add(invalidError, ['donation', 'payload']);
  return isStorable;
}

/** Amount and currency as Stripe says them. */
function readStripeIntent(
  payload: Record<string, unknown>,
  errors: ErrorList,
): { amount: number; currency: string } | null {
  const { amount, currency } = payload;
  if (typeof amount === 'number' && Number.isInteger(amount) && typeof currency === 'string' && currency !== '') {
    return { amount, currency: currency.toUpperCase() };
  }
  errors.add(invalidError, ['donation', 'payload']);
  return null;
}

function checkAmount(amount: number | null | undefined, errors: ErrorList): amount is number {
  const path = ['donation', 'amount'];
  if (amount == null) errors.add(blankError, path);
  else if (!Number.isInteger(amount) || amount > maxAmount) errors.add(invalidError, path);
  else if (amount <= 0) errors.add(positiveError, path);
  else return true;
  return false;
}

function checkCurrency(currency: string, errors: ErrorList): void {
  if (!threeLetters.test(currency)) errors.add(formatError, ['donation', 'currency']);
  else if (!isCurrency(currency)) errors.add(currencyError, ['donation', 'currency']);
}

/** Null when something was wrong. With a Stripe payment intent amount and currency come from the payload. */
export function validateDonation(input: DonationInput, errors: ErrorList): Donation | null {
  const frequencyUnit = parseDonationFrequency(input.frequencyUnit || 'one_off');
  if (frequencyUnit === null) errors.add(invalidError, ['donation', 'frequencyUnit']);
  const schema = parseSchema(input.schema, errors);
  const { payload } = input;
  if (!checkPayload(payload, errors)) return null;
  const given = { amount: input.amount, currency: input.currency || 'EUR' };
  const price = schema === 'stripe_payment_intent' ? readStripeIntent(payload, errors) : given;
  if (price === null) return null;
  checkCurrency(price.currency, errors);
  if (!checkAmount(price.amount, errors) || frequencyUnit === null) return null;
  return { schema, payload, amount: price.amount, currency: price.currency, frequencyUnit };
}
