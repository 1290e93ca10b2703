import {
  actionStatusCode,
  actionStatusFromCode,
  campaignStatusCode,
  campaignStatusFromCode,
  confirmOperationCode,
  confirmOperationFromCode,
  contactSchemaCode,
  contactSchemaFromCode,
  donationFrequencyCode,
  donationFrequencyFromCode,
  donationSchemaCode,
  donationSchemaFromCode,
  emailStatusCode,
  emailStatusFromCode,
  supporterStatusCode,
  supporterStatusFromCode,
} from '../index';

const table: [string, (value: never) => number, (code: number) => string, Record<string, number>][] = [
  [
    'action status',
    actionStatusCode,
    actionStatusFromCode,
    { new: 0, confirming: 1, rejected: 2, accepted: 3, delivered: 4, repeat: 5 },
  ],
  [
    'supporter status',
    supporterStatusCode,
    supporterStatusFromCode,
    { new: 0, confirming: 1, rejected: 2, accepted: 3 },
  ],
  [
    'email status',
    emailStatusCode,
    emailStatusFromCode,
    { none: 0, double_opt_in: 1, bounce: 2, blocked: 3, spam: 4, unsub: 5, inactive: 6, active: 7 },
  ],
  ['contact schema', contactSchemaCode, contactSchemaFromCode, { basic: 0, popular_initiative: 1, eci: 2, it_ci: 3 }],
  ['campaign status', campaignStatusCode, campaignStatusFromCode, { draft: 0, live: 1, closed: 2, ignored: 3 }],
  [
    'confirm operation',
    confirmOperationCode,
    confirmOperationFromCode,
    { confirm_action: 0, join_campaign: 1, add_partner: 2, launch_page: 3, add_staffer: 4 },
  ],
  ['donation schema', donationSchemaCode, donationSchemaFromCode, { stripe_payment_intent: 0 }],
  [
    'donation frequency',
    donationFrequencyCode,
    donationFrequencyFromCode,
    { one_off: 0, weekly: 1, monthly: 2, daily: 16, yearly: 32 },
  ],
];

describe.each(table)('codes of %s', (name, toCode, fromCode, codes) => {
  it.each(Object.entries(codes))('stores %s as %i and reads it back', (value, code) => {
    expect(toCode(value as never)).toBe(code);
    expect(fromCode(code)).toBe(value);
  });

  it('throws on a code nobody wrote', () => {
    expect(() => fromCode(99)).toThrow(`unknown ${name} code 99`);
  });
});
