import fc from 'fast-check';
import {
  camelCaseName,
  camelCaseVariables,
  flattenVariables,
  percentEncode,
  variantTokens,
} from './template-variables';

describe('name of a variable', () => {
  it.each([
    ['first_name', 'firstName'],
    ['firstName', 'firstName'],
    ['EPID', 'ePID'],
    ['a_1', 'a1'],
    ['a_1b', 'a1b'],
    ['_private', '_private'],
    ['_private_key', '_privateKey'],
    ['__two', '__two'],
    ['_Upper', '_upper'],
    ['a_B', 'a_B'],
    ['a__b', 'aB'],
    ['a__B', 'a_B'],
    ['a___b', 'aB'],
    ['a_', 'a'],
    ['a__', 'a'],
    ['a_-b', 'a_-b'],
    ['a/b', 'a.b'],
    ['a/b_c', 'a.bC'],
    ['utm-source', 'utm-source'],
    ['two words', 'two words'],
    ['Two Words', 'two Words'],
    ['prénom_été', 'prénomÉté'],
    ['_', '_'],
    ['', ''],
  ])('%s is %s', (name, expected) => {
    expect(camelCaseName(name)).toBe(expected);
  });

  it('stays once made', () => {
    const name = fc.stringMatching(/^[a-zA-Z0-9_]{0,12}$/);
    fc.assert(
      fc.property(name, (text) => expect(camelCaseName(camelCaseName(text))).toBe(camelCaseName(text))),
      { seed: 1871, numRuns: 500 },
    );
  });
});

describe('variables of templates rendered here', () => {
  it('are named at every level, but keep what is inside variant', () => {
    const list = [{ card_url: 'x' }, 'y', null];
    const given = { a_b: { c_d: { e_f: 1 } }, variant: { big_button: true }, some_list: list, none: null };
    const expected = {
      aB: { cD: { eF: 1 } },
      variant: { big_button: true },
      someList: [{ cardUrl: 'x' }, 'y', null],
      none: null,
    };
    expect(camelCaseVariables(given)).toEqual(expected);
  });
});

describe('variables of provider templates', () => {
  it.each<[object, object]>([
    [{ campaign: { stats: { supporter_count: 7 } } }, { campaignStatsSupporterCount: 7 }],
    [{ campaign: { stats: { supporterCount: 7 } } }, { campaignStatsSupporterCount: 7 }],
    [{ first_name: null }, { firstName: '' }],
    [{ privacy: { optIn: null, withConsent: false } }, { privacyOptIn: '', privacyWithConsent: false }],
    [{ org: {}, a: { b: {} } }, {}],
    [{ variant: { big_button: true, a1: true } }, { variantBigButton: true, variantA1: true }],
    [{ isActionType: { share: true } }, { isActionTypeShare: true }],
    [{ fields: { _x: 1, EPID: 2 } }, { fieldsX: 1, fields_EPID: 2 }],
    [
      { list: ['a', 'b'], zero: 0, no: '' },
      { list: ['a', 'b'], zero: 0, no: '' },
    ],
    [{ missing: undefined }, {}],
    [{ org_name: 'form', org: { name: 'ours' } }, { orgName: 'ours' }],
  ])('of %j', (given, expected) => {
    expect(flattenVariables(given as Record<string, unknown>)).toEqual(expected);
  });
});

describe('percent-encoding', () => {
  it.each([
    ['AZaz09-._~', 'AZaz09-._~'],
    ['https://a.org/b?c=d&e#f', 'https%3A%2F%2Fa.org%2Fb%3Fc%3Dd%26e%23f'],
    ["!'()* +", '%21%27%28%29%2A%20%2B'],
    ['été ✊', '%C3%A9t%C3%A9%20%E2%9C%8A'],
    ['\ud800', '%EF%BF%BD'],
    ['', ''],
  ])('of %j', (text, expected) => {
    expect(percentEncode(text)).toBe(expected);
  });
});

describe('variants', () => {
  it.each<[string, object]>([
    ['', {}],
    ['big-button', { big_button: true }],
    ['  a\tb_2  a ', { a: true, b_2: true }],
    ['été! %% x.y', { t: true, xy: true }],
    ['A-b', { A_b: true }],
    ['constructor', { constructor: true }],
  ])('of %j', (content, expected) => {
    expect(variantTokens(content)).toEqual(expected);
  });

  it('may have any name', () => {
    expect(Object.entries(variantTokens('__proto__'))).toEqual([['__proto__', true]]);
  });
});
