import { readDetailAnswer } from './detail-answer';

const read = (body: unknown) => readDetailAnswer(JSON.stringify(body));
const told = (privacy: object) => read({ privacy });

describe('answer of a detail look-up', () => {
  it('is read whole, in whole seconds', () => {
    expect(
      read({
        privacy: {
          optIn: true,
          givenAt: '2026-01-05T10:00:00.987+01:00',
          emailStatus: 'doubleOptIn',
          emailStatusChanged: '2026-01-06T09:00:00Z',
        },
        action: { customFields: { memberSince: 2019, tags: ['a', 'b'] }, actionType: 'ignored' },
        more: 1,
      }),
    ).toEqual({
      details: {
        optedInAt: new Date('2026-01-05T09:00:00Z'),
        emailStatus: { status: 'double_opt_in', at: new Date('2026-01-06T09:00:00Z') },
        customFields: { memberSince: 2019, tags: ['a', 'b'] },
      },
    });
  });

  it.each([
    ['an empty object', {}],
    ['null parts', { privacy: null, action: null }],
    ['a no to the opt-in', { privacy: { optIn: false } }],
    ['a status no supporter has', { privacy: { emailStatus: 'active', emailStatusChanged: '2026-01-06T09:00:00Z' } }],
    ['fields that are none', { action: { customFields: {} } }],
  ])('is no details: %s', (_what, body) => {
    expect(read(body)).toEqual({ details: null });
  });

  it.each(['double_opt_in', 'bounce', 'blocked', 'spam', 'unsub'])('may say %s of the address', (emailStatus) => {
    expect(told({ emailStatus, emailStatusChanged: '2026-01-06T09:00:00+00:00' })).toMatchObject({
      details: { emailStatus: { status: emailStatus } },
    });
  });

  it.each([
    ['a list', []],
    ['a text', 'no'],
    ['an opt-in as text', { privacy: { optIn: 'yes', givenAt: '2026-01-05T09:00:00Z' } }],
    ['an opt-in without a time', { privacy: { optIn: true } }],
    ['a time without offset', { privacy: { optIn: true, givenAt: '2026-01-05T09:00:00' } }],
    ['a day that is none', { privacy: { optIn: true, givenAt: '2026-13-05T09:00:00Z' } }],
    ['an opt-in to come', { privacy: { optIn: true, givenAt: '2999-01-05T09:00:00Z' } }],
    ['a time before there were any', { privacy: { optIn: true, givenAt: '0000-01-05T09:00:00Z' } }],
    [
      'a status that would hold for ever',
      { privacy: { emailStatus: 'doubleOptIn', emailStatusChanged: '2999-01-05T09:00:00Z' } },
    ],
    ['a status without a time', { privacy: { emailStatus: 'bounce' } }],
    ['privacy as a list', { privacy: [] }],
    ['nested fields', { action: { customFields: { a: { b: 1 } } } }],
    ['fields too large', { action: { customFields: { a: 'x'.repeat(6_000) } } }],
  ])('is at fault: %s', (_what, body) => {
    expect(read(body)).toHaveProperty('fault');
  });

  it('is at fault when it is no JSON', () => {
    expect(readDetailAnswer('<html>')).toEqual({ fault: 'the answer is no JSON object' });
    expect(readDetailAnswer('')).toHaveProperty('fault');
  });
});
