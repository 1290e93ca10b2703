import type { InputProblem } from '../api/api-error';
import type { StripeKind, StripeParameters } from './stripe.client';

/** What may stand under one name. */
type Rule =
  | 'value'
  /** Names and values of the org's own choice. */
  | 'metadata'
  | { oneOf: readonly string[] }
  | { list: Rule }
  | { fields: Readonly<Record<string, Rule>> };

/** Stripe's own limits for a text and for the number of metadata. */
const longestValue = 5_000;
const mostMetadata = 50;
/** Items of any list. */
const mostItems = 20;

const address: Rule = {
  fields: { line1: 'value', line2: 'value', city: 'value', state: 'value', postal_code: 'value', country: 'value' },
};
const shipping: Rule = { fields: { name: 'value', phone: 'value', address } };
const recurring: Rule = { fields: { interval: 'value', interval_count: 'value' } };

/** What strangers may set, by Stripe's names: enough to begin a payment that the donor then confirms in the browser.
 *  Nothing here takes money by itself, gives credit, changes fees or sends it elsewhere. */
const allowed: Readonly<Record<StripeKind, Readonly<Record<string, Rule>>>> = {
  customer: {
    name: 'value',
    email: 'value',
    phone: 'value',
    description: 'value',
    address,
    shipping,
    preferred_locales: { list: 'value' },
    payment_method: 'value',
    invoice_settings: { fields: { default_payment_method: 'value' } },
    metadata: 'metadata',
  },
  paymentIntent: {
    amount: 'value',
    currency: 'value',
    customer: 'value',
    description: 'value',
    receipt_email: 'value',
    setup_future_usage: 'value',
    payment_method: 'value',
    payment_method_types: { list: 'value' },
    automatic_payment_methods: { fields: { enabled: 'value', allow_redirects: 'value' } },
    statement_descriptor: 'value',
    statement_descriptor_suffix: 'value',
    shipping,
    metadata: 'metadata',
  },
  subscription: {
    customer: 'value',
    description: 'value',
    items: {
      list: {
        fields: {
          price: 'value',
          quantity: 'value',
          price_data: { fields: { currency: 'value', product: 'value', unit_amount: 'value', recurring } },
        },
      },
    },
    default_payment_method: 'value',
    // Any other would charge the customer's card at once.
    payment_behavior: { oneOf: ['default_incomplete'] },
    payment_settings: {
      fields: { save_default_payment_method: 'value', payment_method_types: { list: 'value' } },
    },
    expand: {
      list: { oneOf: ['latest_invoice', 'latest_invoice.payment_intent', 'pending_setup_intent', 'customer'] },
    },
    metadata: 'metadata',
  },
  price: {
    currency: 'value',
    unit_amount: 'value',
    recurring,
    nickname: 'value',
    product: 'value',
    product_data: { fields: { name: 'value', statement_descriptor: 'value', metadata: 'metadata' } },
    metadata: 'metadata',
  },
};

type Path = (string | number)[];

const notAllowed = 'is not allowed';
const isInvalid = 'is invalid';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is wrong with the parameters of one object, by paths that begin with the argument's name. */
export const refusedParameters = (kind: StripeKind, parameters: StripeParameters): InputProblem[] =>
  inFields(allowed[kind], parameters, [kind]);

function inFields(rules: Readonly<Record<string, Rule>>, given: StripeParameters, path: Path): InputProblem[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    const at = [...path, name];
    if (!rule) return [{ message: notAllowed, path: at }];
    return value === null ? [] : problemsOf(rule, value, at);
  });
}

function problemsOf(rule: Rule, value: unknown, path: Path): InputProblem[] {
  const refusal = [{ message: isInvalid, path }];
  if (rule === 'value') return isPlain(value) ? [] : refusal;
  if (rule === 'metadata') return isMetadata(value) ? [] : refusal;
  if ('oneOf' in rule) {
    return typeof value === 'string' && rule.oneOf.includes(value) ? [] : [{ message: notAllowed, path }];
  }
  if ('fields' in rule) return isObject(value) ? inFields(rule.fields, value, path) : refusal;
  if (!Array.isArray(value) || value.length > mostItems) return refusal;
  return value.flatMap((item, index) => problemsOf(rule.list, item, [...path, index]));
}

const isPlain = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.length <= longestValue
    : typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));

const isMetadata = (value: unknown): boolean =>
  isObject(value) && Object.keys(value).length <= mostMetadata && Object.values(value).every(isPlain);
