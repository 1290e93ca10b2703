import { isCurrency } from '@groundswell/domain';
import { InputError, type InputProblem } from '../api/api-error';

export interface StripePaymentIntentInput {
  amount: number;
  currency: string;
  paymentMethodTypes?: readonly string[] | null;
}

export interface StripeSubscriptionInput {
  amount: number;
  currency: string;
  frequencyUnit: 'ONE_OFF' | 'DAILY' | 'DAY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY';
}

const intervals: ReadonlyMap<string, string> = new Map([
  ['DAILY', 'day'],
  ['DAY', 'day'],
  ['WEEKLY', 'week'],
  ['MONTHLY', 'month'],
  ['YEARLY', 'year'],
]);

/** Amount and currency as Stripe takes them. */
export interface Charge {
  amount: number;
  /** Lower case. */
  currency: string;
}

export function readCharge(input: { amount: number; currency: string }): Charge {
  refuse(chargeProblems(input));
  return { amount: input.amount, currency: input.currency.toLowerCase() };
}

/** A charge and Stripe's word for how often; once is not often enough. */
export function readRecurringCharge(input: StripeSubscriptionInput): Charge & { interval: string } {
  const interval = intervals.get(input.frequencyUnit);
  const problems = chargeProblems(input);
  if (!interval) problems.push({ path: ['frequencyUnit'], message: 'is invalid' });
  refuse(problems);
  return { ...readCharge(input), interval: interval! };
}

function chargeProblems({ amount, currency }: { amount: number; currency: string }): InputProblem[] {
  const problems: InputProblem[] = [];
  if (amount <= 0) problems.push({ path: ['amount'], message: 'must be positive' });
  if (!isCurrency(currency.toUpperCase())) problems.push({ path: ['currency'], message: 'does not exist' });
  return problems;
}

function refuse(problems: InputProblem[]): void {
  if (problems.length > 0) throw new InputError(problems);
}
