import { isCurrency } from './currencies';
import { parseDonationFrequency } from './donation';
import { isMustacheTemplate } from './mustache-template';
import { checkSubmissionSize, validateAction, type ActionInput, type ValidAction } from './validate-action';

const petition: ActionInput = { actionType: 'petition' };
const target = '0191f6a0-8a5b-7cde-8f00-0123456789ab';

const errorsOf = (input: ActionInput, hasMtt = true): unknown[] => {
  const result = validateAction({ ...petition, ...input }, { hasMtt });
  return result.ok ? [] : result.errors.map(({ message, path }) => [path.join('.'), message]);
};
const actionOf = (input: ActionInput): ValidAction => {
  const result = validateAction({ ...petition, ...input }, { hasMtt: true });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.action;
};

describe('action', () => {
  it('needs no more than its type', () => {
    expect(actionOf({})).toEqual({ actionType: 'petition', fields: {}, donation: null, mtt: null, testing: false });
  });

  it.each([
    [null, "can't be blank"],
    ['', "can't be blank"],
    ['sign here', 'has invalid format'],
    ['petition\n', 'has invalid format'],
  ])('refuses the type %j', (actionType, message) => {
    expect(errorsOf({ actionType })).toEqual([['actionType', message]]);
  });

  it('takes fields of both forms, custom fields first', () => {
    const { fields, testing } = actionOf({
      fields: [
        { key: 'a', value: '1' },
        { key: 'b', value: '2' },
        { key: 'b', value: '3' },
      ],
      customFields: { a: true },
      testing: true,
    });
    expect(fields).toEqual({ a: true, b: ['3', '2'] });
    expect(testing).toBe(true);
  });

  it.each([
    [{ customFields: { a: null } }],
    [{ customFields: { a: { b: 1 } } }],
    [{ customFields: ['x'] as unknown as Record<string, unknown> }],
    [{ customFields: 'x' as unknown as Record<string, unknown> }],
  ])('refuses fields that are no flat map: %j', (input) => {
    expect(errorsOf(input)).toEqual([
      ['fields', 'must be a map of string to values of strings or numbers, or lists of them'],
    ]);
  });

  it('refuses fields that are too large', () => {
    expect(errorsOf({ customFields: { a: 'ł'.repeat(3000) } })).toEqual([['fields', 'is invalid']]);
  });

  it('reports all errors together', () => {
    expect(
      errorsOf({ actionType: '', customFields: { a: null }, donation: { amount: 1 }, mtt: { subject: '{{x' } }),
    ).toEqual([
      ['actionType', "can't be blank"],
      ['fields', 'must be a map of string to values of strings or numbers, or lists of them'],
      ['donation.payload', "can't be blank"],
      ['mtt.subject', 'has invalid format'],
    ]);
  });
});

describe('donation', () => {
  const payload = {};
  const stripe = { schema: 'STRIPE_PAYMENT_INTENT', payload: { amount: 1500, currency: 'chf' } };

  it('defaults to one-off euros', () => {
    expect(actionOf({ donation: { payload, amount: 100 } }).donation).toEqual({
      schema: null,
      payload,
      amount: 100,
      currency: 'EUR',
      frequencyUnit: 'one_off',
    });
  });

  it('of Stripe takes amount and currency from the payload', () => {
    expect(
      actionOf({ donation: { ...stripe, amount: 1, currency: 'EUR', frequencyUnit: 'MONTHLY' } }).donation,
    ).toEqual({
      schema: 'stripe_payment_intent',
      payload: stripe.payload,
      amount: 1500,
      currency: 'CHF',
      frequencyUnit: 'monthly',
    });
  });

  const deep = JSON.parse(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`) as Record<string, unknown>;
  it.each([
    ['no payload', { amount: 1 }, 'payload', "can't be blank"],
    ['a list as payload', { payload: [] as unknown as Record<string, unknown>, amount: 1 }, 'payload', 'is invalid'],
    ['a payload the database refuses', { payload: { a: ['\0'] }, amount: 1 }, 'payload', 'is invalid'],
    ['a payload without end', { payload: deep, amount: 1 }, 'payload', 'is invalid'],
    ['no amount', { payload }, 'amount', "can't be blank"],
    ['amount 0', { payload, amount: 0 }, 'amount', 'must be positive'],
    ['a negative amount', { payload, amount: -5 }, 'amount', 'must be positive'],
    ['a broken amount', { payload, amount: 1.5 }, 'amount', 'is invalid'],
    ['an amount beyond the column', { payload, amount: 2 ** 31 }, 'amount', 'is invalid'],
    ['a currency in lower case', { payload, amount: 1, currency: 'eur' }, 'currency', 'has invalid format'],
    ['an unknown currency', { payload, amount: 1, currency: 'ABC' }, 'currency', 'does not exist'],
    ['an unknown frequency', { payload, amount: 1, frequencyUnit: 'HOURLY' }, 'frequencyUnit', 'is invalid'],
    ['an unknown schema', { payload, amount: 1, schema: 'PAYPAL' }, 'schema', 'is invalid'],
    ['Stripe without amount', { ...stripe, payload: { currency: 'eur' }, amount: 5 }, 'payload', 'is invalid'],
    ['Stripe without currency', { ...stripe, payload: { amount: 5 } }, 'payload', 'is invalid'],
    ['Stripe with a text as amount', { ...stripe, payload: { amount: '5', currency: 'eur' } }, 'payload', 'is invalid'],
    ['Stripe with amount 0', { ...stripe, payload: { amount: 0, currency: 'eur' } }, 'amount', 'must be positive'],
    ['Stripe in no currency', { ...stripe, payload: { amount: 1, currency: 'abc' } }, 'currency', 'does not exist'],
  ])('refuses %s', (_name, donation, path, message) => {
    expect(errorsOf({ donation })).toEqual([[`donation.${path}`, message]]);
  });

  it.each([
    ['ONE_OFF', 'one_off'],
    ['WEEKLY', 'weekly'],
    ['MONTHLY', 'monthly'],
    ['DAILY', 'daily'],
    ['DAY', 'daily'],
    ['YEARLY', 'yearly'],
    ['yearly', 'yearly'],
    ['HOURLY', null],
  ])('knows the unit %s as %s', (name, expected) => {
    expect(parseDonationFrequency(name)).toBe(expected);
  });

  it.each([
    ['EUR', true],
    ['PLN', true],
    ['VES', true],
    ['eur', false],
    ['EU', false],
    ['', false],
  ])('currency %s exists: %s', (code, expected) => {
    expect(isCurrency(code)).toBe(expected);
  });
});

describe('mail to targets', () => {
  it('is stored in one line of subject, each target once', () => {
    expect(
      actionOf({
        mtt: {
          subject: 'Dear\r\n{{target.name}}\nplease\rhelp',
          body: 'Hi\n{{#a}}x{{/a}}',
          targets: [target, target.toUpperCase()],
          files: ['a/b.pdf'],
        },
      }).mtt,
    ).toEqual({
      subject: 'Dear {{target.name}} please help',
      body: 'Hi\n{{#a}}x{{/a}}',
      targetIds: [target],
      files: ['a/b.pdf'],
    });
  });

  it('may be empty', () => {
    expect(actionOf({ mtt: { subject: null, targets: [target], files: null } }).mtt).toEqual({
      subject: '',
      body: '',
      targetIds: [target],
      files: [],
    });
  });

  it('is refused where the campaign has none', () => {
    expect(errorsOf({ mtt: { subject: '{{x', targets: ['x'] } }, false)).toEqual([
      ['mtt', 'Campaign does not support MTT'],
    ]);
  });

  it.each([
    ['subject', { subject: 'a'.repeat(1281) }, 'should be at most 1280 character(s)'],
    ['subject', { subject: '{{#open}}' }, 'has invalid format'],
    ['subject', { subject: 'nul\0' }, 'has invalid format'],
    ['body', { body: 'a'.repeat(10241) }, 'should be at most 10240 character(s)'],
    ['body', { body: '{{open' }, 'has invalid format'],
    ['body', { body: '{{#a}}{{/b}}' }, 'has invalid format'],
    ['targets', { targets: [target, 'x', 'y'] }, 'is invalid'],
    ['targets', { targets: [`${target}\n`] }, 'is invalid'],
    ['files', { files: ['a b.pdf', 'ä.pdf'] }, 'has invalid format'],
    ['files', { files: [''] }, 'has invalid format'],
    ['files', { files: Array<string>(21).fill('a.pdf') }, 'should have at most 20 item(s)'],
  ])('refuses a bad %s (%#)', (path, mtt, message) => {
    expect(errorsOf({ mtt })).toEqual([[`mtt.${path}`, message]]);
  });

  it('counts characters, not bytes', () => {
    expect(errorsOf({ mtt: { subject: '😀'.repeat(1280), body: 'ł'.repeat(10240) } })).toEqual([]);
  });

  it.each([
    ['plain { text }', true],
    ['{{a}} {{{b}}} {{&c}} {{! no }}', true],
    ['{{#a}}{{^b}}x{{/b}}{{/a}}', true],
    ['{{=<% %>=}}<% a %>', true],
    ['{{a', false],
    ['{{/a}}', false],
    ['{{#a}}', false],
    ['{{={{}}=}}', false],
  ])('template %s compiles: %s', (text, expected) => {
    expect(isMustacheTemplate(text)).toBe(expected);
  });
});

describe('submission size', () => {
  const large = (length: number): Record<string, unknown> => ({ note: 'x'.repeat(length) });

  it.each([
    ['a plain action', {}, 100_000, null],
    ['a donation that fits', { donation: { payload: large(120_000), amount: 1 } }, 1000, null],
    ['a large payload', { donation: { payload: large(140_000), amount: 1 } }, 1000, ['donation', 'payload']],
    ['a sum that is too large', { donation: { payload: large(130_000), amount: 1 } }, 2000, ['donation', 'payload']],
  ])('of %s', (_name, input, contactBytes, path) => {
    expect(checkSubmissionSize(actionOf(input), contactBytes)).toEqual(path && { message: 'is too large', path });
  });
});
