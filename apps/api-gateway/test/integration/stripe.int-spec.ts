import { waitFor } from '@groundswell/testing';
import { StripeClient } from '../../src/stripe/stripe.client';
import { FakeStripe, refusal } from '../servers/fake-stripe';
import { GatewayFleet, type RunningGateway } from './gateway.fixture';

let fleet: GatewayFleet;
let stripe: FakeStripe;
let gateway: RunningGateway;
let pageId: number;
let token: string;

const upsertService = `mutation ($org: String!, $input: ServiceInput!) {
  upsertService(orgName: $org, input: $input) { name } }`;
const pageName = 'act.org/donate';
const orgName = 'act_org_donate';

beforeAll(async () => {
  [fleet, stripe] = await Promise.all([GatewayFleet.create(), FakeStripe.start()]);
  const page = await fleet.insertPage(pageName);
  pageId = page.pageId;
  token = await fleet.addOwner(page.orgId);
  gateway = await fleet.start({ STRIPE_API_URL: stripe.origin });
  await setSecrets({ STRIPE: 'sk_live_good', TEST_STRIPE: 'sk_test_good' });
});
afterAll(async () => {
  await fleet.close();
  await stripe.close();
});
afterEach(() => void stripe.takeCalls());

const setSecrets = async (secrets: Record<string, string>): Promise<void> => {
  for (const [name, password] of Object.entries(secrets)) {
    const { errors } = await gateway.post(upsertService, { org: orgName, input: { name, password } }, token);
    expect(errors).toBeUndefined();
  }
};

interface Reply {
  data: Record<string, string> | null;
  errors?: { message: string; path: (string | number)[]; extensions?: Record<string, unknown> }[];
}
const send = async (query: string, variables: object, referer?: string): Promise<Reply> => {
  const call = gateway.http.post('/api');
  if (referer) call.set('referer', referer);
  const { status, body } = await call.send({ query, variables: { page: pageId, ...variables } });
  expect(status).toBe(200);
  return body as Reply;
};
const objectOf = ({ data, errors }: Reply): Record<string, never> => {
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return JSON.parse(Object.values(data)[0]!) as Record<string, never>;
};
const errorsOf = ({ errors = [] }: Reply): [string, string][] =>
  errors.map(({ message, path }) => [path.join('.'), message]);

const addIntent = `mutation ($page: Int!, $input: StripePaymentIntentInput!, $ref: ID, $testing: Boolean) {
  addStripePaymentIntent(actionPageId: $page, input: $input, contactRef: $ref, testing: $testing) }`;
const addSubscription = `mutation ($page: Int!, $input: StripeSubscriptionInput!, $ref: ID, $testing: Boolean) {
  addStripeSubscription(actionPageId: $page, input: $input, contactRef: $ref, testing: $testing) }`;
const addObject = `mutation addStripeObject($page: Int!, $customer: Json, $price: Json, $subscription: Json,
    $paymentIntent: Json, $testing: Boolean) {
  addStripeObject(actionPageId: $page, customer: $customer, price: $price, subscription: $subscription,
                  paymentIntent: $paymentIntent, testing: $testing) }`;
const tenEuro = { amount: 1000, currency: 'EUR' };

describe('addStripePaymentIntent', () => {
  it('makes a payment intent in the name of the org, with where it comes from', async () => {
    const input = { ...tenEuro, paymentMethodTypes: ['card', 'sepa_debit'] };
    const intent = objectOf(await send(addIntent, { input, ref: 'V9VLvL6KDalqwogkaXoc6A' }));
    expect(intent).toMatchObject({ object: 'payment_intent', amount: 1000, currency: 'eur', livemode: true });
    expect(intent['client_secret']).toMatch(/^pi_.+_secret$/);
    const [call] = stripe.takeCalls();
    expect(call).toMatchObject({ path: '/v1/payment_intents', key: 'sk_live_good', version: '2025-02-24.acacia' });
    expect(call!.form).toEqual({
      amount: '1000',
      currency: 'eur',
      'payment_method_types[0]': 'card',
      'payment_method_types[1]': 'sepa_debit',
      'metadata[actionPageName]': pageName,
      'metadata[actionPageId]': String(pageId),
      'metadata[campaignName]': orgName,
      'metadata[contactRef]': 'V9VLvL6KDalqwogkaXoc6A',
    });
  });

  it('Fix: says from which page of the web, without what its URL may hold of a person', async () => {
    await send(addIntent, { input: tenEuro }, 'https://user:pw@act.org/donate?email=ada@example.org#top');
    const [call] = stripe.takeCalls();
    expect(call!.form['metadata[referer]']).toBe('https://act.org/donate');
    expect(call!.form).not.toHaveProperty('metadata[contactRef]');
  });

  it('Fix: testing uses TEST_STRIPE', async () => {
    const intent = objectOf(await send(addIntent, { input: tenEuro, testing: true }));
    expect([intent['livemode'], stripe.takeCalls()[0]!.key]).toEqual([false, 'sk_test_good']);
  });

  it('checks amount and currency together, before Stripe is asked', async () => {
    const wrong = await send(addIntent, { input: { amount: 0, currency: 'EUX' } });
    expect(errorsOf(wrong)).toEqual([
      ['addStripePaymentIntent.amount', 'must be positive'],
      ['addStripePaymentIntent.currency', 'does not exist'],
    ]);
    expect(stripe.calls).toEqual([]);
  });
});

describe('addStripeSubscription', () => {
  it('makes customer, price and subscription', async () => {
    const input = { ...tenEuro, frequencyUnit: 'MONTHLY' };
    const subscription = objectOf(await send(addSubscription, { input, ref: 'AAAA' }, 'https://act.org/donate'));
    expect(subscription['latest_invoice']).toMatchObject({ payment_intent: { client_secret: 'pi_1_secret' } });
    const [customer, price, made] = stripe.takeCalls();
    expect(customer).toMatchObject({ path: '/v1/customers', form: { 'metadata[contactRef]': 'AAAA' } });
    expect(price).toMatchObject({
      path: '/v1/prices',
      form: {
        currency: 'eur',
        unit_amount: '1000',
        'recurring[interval]': 'month',
        'product_data[name]': 'Donation',
      },
    });
    expect(made).toMatchObject({
      path: '/v1/subscriptions',
      form: {
        customer: expect.stringMatching(/^cus_/),
        'items[0][price]': expect.stringMatching(/^price_/),
        payment_behavior: 'default_incomplete',
        'expand[0]': 'latest_invoice.payment_intent',
        'expand[1]': 'customer',
        'metadata[actionPageName]': pageName,
        'metadata[referer]': 'https://act.org/donate',
      },
    });
    expect(new Set([customer, price, made].map((call) => call!.idempotencyKey)).size).toBe(3);
  });

  it.each([
    ['WEEKLY', 'week'],
    ['DAILY', 'day'],
    ['DAY', 'day'],
    ['YEARLY', 'year'],
  ])('takes %s as every %s', async (frequencyUnit, interval) => {
    objectOf(await send(addSubscription, { input: { ...tenEuro, frequencyUnit } }));
    expect(stripe.takeCalls()[1]!.form['recurring[interval]']).toBe(interval);
  });

  it('Fix: ONE_OFF is a validation error', async () => {
    const wrong = await send(addSubscription, { input: { amount: -1, currency: 'EUR', frequencyUnit: 'ONE_OFF' } });
    expect(errorsOf(wrong)).toEqual([
      ['addStripeSubscription.amount', 'must be positive'],
      ['addStripeSubscription.frequencyUnit', 'is invalid'],
    ]);
    expect(stripe.calls).toEqual([]);
  });
});

describe('addStripeObject', () => {
  it('serves the widget: a customer, then a payment intent', async () => {
    const contact = { name: 'Ada Lovelace', email: 'ada@example.org', phone: '', address: { country: 'GB' } };
    const customer = objectOf(await send(addObject, { customer: JSON.stringify(contact) }));
    const paymentIntent = { amount: 500, currency: 'EUR', setup_future_usage: 'off_session', customer: customer['id'] };
    const intent = objectOf(await send(addObject, { paymentIntent: JSON.stringify(paymentIntent) }));
    expect(intent).toMatchObject({ object: 'payment_intent', customer: customer['id'] });
    const [first, second] = stripe.takeCalls();
    expect(first!.form).toMatchObject({ email: 'ada@example.org', 'address[country]': 'GB' });
    expect(second!.form).toEqual({ ...paymentIntent, amount: '500' });
  });

  it('serves the widget: a subscription with its price inside', async () => {
    const priceData = { unit_amount: 500, currency: 'EUR', product: 'prod_1' };
    const subscription = {
      payment_behavior: 'default_incomplete',
      metadata: {},
      customer: 'cus_1',
      items: [{ price_data: { ...priceData, recurring: { interval: 'month', interval_count: 1 } } }],
      expand: ['latest_invoice.payment_intent'],
    };
    const made = objectOf(await send(addObject, { subscription: JSON.stringify(subscription) }));
    expect(made['latest_invoice']).toMatchObject({ payment_intent: { client_secret: 'pi_1_secret' } });
    expect(stripe.takeCalls()[0]!.form).toMatchObject({
      customer: 'cus_1',
      'items[0][price_data][unit_amount]': '500',
      'items[0][price_data][recurring][interval_count]': '1',
    });
  });

  it.each(['paymentIntent', 'subscription'])('puts the new customer into the %s', async (kind) => {
    const parameters = kind === 'paymentIntent' ? tenEuro : { items: [{ price: 'price_1' }] };
    const made = objectOf(await send(addObject, { customer: '{"email":"a@example.org"}', [kind]: parameters }));
    const [customer, second] = stripe.takeCalls();
    expect([customer!.path, second!.form['customer']]).toEqual(['/v1/customers', made['customer']]);
  });

  it('puts the new price into the subscription', async () => {
    const price = {
      ...tenEuro,
      amount: undefined,
      unit_amount: 700,
      recurring: { interval: 'week' },
      product: 'prod_1',
    };
    const subscription = { customer: 'cus_1', items: [{ price: 'price_other' }] };
    objectOf(await send(addObject, { price, subscription }));
    const [first, second] = stripe.takeCalls();
    expect(first!.path).toBe('/v1/prices');
    expect(second!.form['items[0][price]']).toMatch(/^price_[0-9a-f]{24}$/);
    // Whoever knows a customer must not be able to charge their card.
    expect(second!.form['payment_behavior']).toBe('default_incomplete');
  });

  it('Fix: says so when nothing is given', async () => {
    for (const nothing of [{}, { customer: null, price: null }]) {
      const { errors } = await send(addObject, nothing);
      expect(errors).toMatchObject([{ message: 'Provide Stripe objects to create', path: ['addStripeObject'] }]);
    }
    expect(stripe.calls).toEqual([]);
  });

  it('refuses objects that do not belong together', async () => {
    const { errors } = await send(addObject, { paymentIntent: tenEuro, subscription: { customer: 'cus_1' } });
    expect(errors?.[0]?.extensions).toEqual({ code: 'bad_arg' });
    expect(stripe.calls).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['confirms a payment', { paymentIntent: { ...tenEuro, confirm: true } }, 'paymentIntent.confirm'],
    ['sends it elsewhere', { paymentIntent: { ...tenEuro, transfer_data: {} } }, 'paymentIntent.transfer_data'],
    ['gives credit', { customer: { balance: -5000 } }, 'customer.balance'],
    ['charges at once', { subscription: { payment_behavior: 'allow_incomplete' } }, 'subscription.payment_behavior'],
    ['has a free trial', { subscription: { trial_end: 'now' } }, 'subscription.trial_end'],
    [
      'reads more than it makes',
      { subscription: { expand: ['customer', 'latest_invoice.charge'] } },
      'subscription.expand.1',
    ],
    ['goes deeper', { subscription: { items: [{ price: 'p', discounts: [] }] } }, 'subscription.items.0.discounts'],
  ])('refuses what %s', async (_, objects, path) => {
    expect(errorsOf(await send(addObject, objects))).toEqual([[`addStripeObject.${path}`, 'is not allowed']]);
    expect(stripe.calls).toEqual([]);
  });

  it('refuses values of another shape', async () => {
    const wrong = { customer: { name: { first: 'Ada' }, metadata: { deep: {} }, address: 'Kent' } };
    expect(errorsOf(await send(addObject, wrong))).toEqual([
      ['addStripeObject.customer.name', 'is invalid'],
      ['addStripeObject.customer.metadata', 'is invalid'],
      ['addStripeObject.customer.address', 'is invalid'],
    ]);
  });
});

describe('errors', () => {
  const intent = () => send(addIntent, { input: tenEuro });

  it('are those of Stripe: code, message and what it says besides', async () => {
    const declined = { code: 'card_declined', decline_code: 'generic_decline', message: 'Your card was declined.' };
    stripe.next.push(refusal(402, { ...declined, charge: 'ch_1', payment_method: { card: { last4: '0002' } } }));
    const { errors } = await intent();
    expect(errors).toEqual([
      {
        message: 'Your card was declined.',
        path: ['addStripePaymentIntent'],
        locations: expect.any(Array),
        extensions: {
          code: 'card_declined',
          type: 'card_error',
          decline_code: 'generic_decline',
          charge: 'ch_1',
          http_status: 402,
        },
      },
    ]);
  });

  it('stop what would come next', async () => {
    stripe.next.push(refusal(400, { param: 'email', message: 'Invalid email address: x' }));
    const reply = await send(addObject, { customer: { email: 'x' }, paymentIntent: tenEuro });
    expect(reply.errors?.[0]?.extensions).toMatchObject({ code: 'invalid_request_error', param: 'email' });
    expect(stripe.takeCalls()).toHaveLength(1);
  });

  it('tell of too many requests, without asking again', async () => {
    stripe.next.push(refusal(429, { code: 'rate_limit', message: 'Too many requests' }));
    const { errors } = await intent();
    expect(errors?.[0]).toMatchObject({ message: 'Too many requests', extensions: { code: 'rate_limit' } });
    expect(stripe.takeCalls()).toHaveLength(1);
  });

  it('are tried again once, under the same idempotency key', async () => {
    stripe.next.push({ status: 503, body: { error: { type: 'api_error', message: 'down' } } });
    objectOf(await intent());
    stripe.next.push('reset');
    objectOf(await intent());
    const keys = stripe.takeCalls().map(({ idempotencyKey }) => idempotencyKey);
    expect([keys.length, keys[0], keys[2]]).toEqual([4, keys[1], keys[3]]);
    expect(new Set(keys).size).toBe(2);
  });

  it('say that Stripe is away, and nothing about the network', async () => {
    stripe.next.push('reset', 'reset');
    const { errors } = await intent();
    expect(errors?.[0]).toMatchObject({
      message: 'Stripe cannot be reached, please retry',
      extensions: { code: 'api_connection_error' },
    });
  });

  it('end the wait for a silent Stripe after two attempts', async () => {
    const client = new StripeClient('sk_live_good', { apiUrl: stripe.origin, timeoutMs: 100 });
    // A machine that stalls may have asked nothing by then: then once more.
    await waitFor(async () => {
      stripe.next.splice(0, Infinity, 'silence', 'silence');
      await expect(client.create('customer', {})).rejects.toThrow('Stripe cannot be reached');
      const attempts = stripe.takeCalls().length;
      expect(attempts).toBeLessThanOrEqual(2);
      return attempts === 2;
    });
    stripe.next.splice(0);
  });

  it('never show the key of the org, which is sealed in the database', async () => {
    await setSecrets({ STRIPE: 'sk_live_bad_secret' });
    const { rows } = await fleet.sql.query<{ password: string }>(
      `select password from catalog.services where name = 'stripe'`,
    );
    expect(rows.map(({ password }) => password.slice(0, 4))).toEqual(['gs1:']);
    const unknown = await intent();
    stripe.next.push(refusal(403, { message: "The provided key 'sk_live_bad***cret' does not have access." }));
    const forbidden = await intent();
    for (const { errors } of [unknown, forbidden]) {
      expect(errors?.[0]).toMatchObject({ extensions: { code: 'authentication_error' } });
      expect(JSON.stringify(errors)).not.toContain('sk_live');
    }
    await setSecrets({ STRIPE: 'sk_live_good' });
  });

  it.each([
    ['addStripePaymentIntent', addIntent, { input: tenEuro }],
    ['addStripeSubscription', addSubscription, { input: { ...tenEuro, frequencyUnit: 'WEEKLY' } }],
    ['addStripeObject', addObject, { customer: {} }],
  ])('of %s: an unknown page, and an org without the service', async (_, query, variables) => {
    const unknown = await send(query, { ...variables, page: 987_654 });
    expect(unknown.errors?.[0]).toMatchObject({ message: 'Entity not found', extensions: { code: 'not_found' } });
    const without = await fleet.insertPage(`act.org/without_${query.length}`);
    const refused = await send(query, { ...variables, page: without.pageId });
    expect(refused.errors?.[0]?.message).toBe('Action Page does not support Stripe');
    expect(stripe.calls).toEqual([]);
  });
});

describe('resetTransactionalEmailBudget', () => {
  const reset = 'mutation ($org: String!) { resetTransactionalEmailBudget(orgName: $org) }';
  const resetAt = async (): Promise<Date | undefined> => {
    const { rows } = await fleet.sql.query<{ at: Date }>(
      `select r.reset_at as at from catalog.transactional_budget_resets r join catalog.orgs o on o.id = r.org_id
        where o.name = $1`,
      [orgName],
    );
    return rows[0]?.at;
  };

  it('starts the count of the org anew, each time, and is in the audit', async () => {
    const answer = await gateway.post(reset, { org: orgName }, token);
    expect(answer.data).toEqual({ resetTransactionalEmailBudget: 'SUCCESS' });
    const first = await resetAt();
    await gateway.post(reset, { org: orgName }, token);
    expect((await resetAt())!.getTime()).toBeGreaterThanOrEqual(first!.getTime());
    const { rows } = await fleet.sql.query(
      `select changeset->>'operation' as operation from catalog.audit_log where changeset->>'operation' like 'reset%'`,
    );
    expect(rows).toEqual(Array(2).fill({ operation: 'resetTransactionalEmailBudget' }));
  });

  it('is for those who manage the services of the org', async () => {
    const stranger = await fleet.addOwner();
    for (const caller of [undefined, stranger]) {
      const { errors } = await gateway.post(reset, { org: orgName }, caller);
      expect(errors?.[0]?.extensions?.['code']).toBe('permission_denied');
    }
  });

  it('goes with a budget that can be set and read', async () => {
    const input = { name: 'SES', transactionalEmailBudget: 500 };
    await gateway.post(upsertService, { org: orgName, input }, token);
    const query = `query ($org: String!) { org(name: $org) { services { name transactionalEmailBudget } } }`;
    const { data } = await gateway.post(query, { org: orgName }, token);
    expect(data?.['org']).toMatchObject({
      services: expect.arrayContaining([{ name: 'SES', transactionalEmailBudget: 500 }]),
    });
  });
});
