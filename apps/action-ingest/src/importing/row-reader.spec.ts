import type { ImportSettingsV1 } from '@groundswell/contracts';
import { RowReader } from './row-reader';
import type { FieldValue } from './uploaded-row';

const requestedAt = new Date('2026-03-01T12:00:00.000Z');

const read = (fields: Record<string, FieldValue>, changes: Partial<ImportSettingsV1> = {}) =>
  new RowReader(
    {
      delimiter: ',',
      mapping: [],
      defaults: [{ field: 'actionType', value: 'petition' }],
      privacy: { optIn: true, leadOptIn: null },
      sendsMails: false,
      testing: false,
      ...changes,
    },
    requestedAt,
  ).read(new Map(Object.entries(fields)));

const problemsOf = (fields: Record<string, FieldValue>): unknown => {
  const row = read(fields);
  return 'problems' in row ? row.problems : 'read';
};

describe('a row of a file', () => {
  it('is what addActionContact takes, with what the settings say where it says nothing', () => {
    expect(
      read({
        firstName: 'Ana',
        email: 'a@x.org',
        'address.postcode': 1234,
        'customFields.note': 'hm',
        'donation.amount': '500',
        'tracking.source': 'street',
        leadOptIn: ' Yes ',
        createdAt: '2026-02-03T04:05:06+01:00',
        clientActionId: 'sheet-7',
      }),
    ).toEqual({
      input: {
        kind: 'contact',
        contact: {
          firstName: 'Ana',
          email: 'a@x.org',
          birthDate: null,
          address: { postcode: '1234' },
          nationality: null,
        },
        action: {
          actionType: 'petition',
          customFields: { note: 'hm' },
          donation: { schema: null, payload: {}, amount: 500, currency: null, frequencyUnit: null },
          testing: false,
        },
        privacy: { optIn: true, leadOptIn: true },
        tracking: { source: 'street' },
        contactRef: null,
      },
      acceptedAt: new Date('2026-02-03T03:05:06.000Z'),
      clientActionId: 'sheet-7',
    });
  });

  it('with a reference and nobody in it is what somebody known did, whatever the defaults say', () => {
    const row = read(
      { contactRef: 'abc', actionType: 'share' },
      { defaults: [{ field: 'address.country', value: 'PL' }], testing: true },
    );
    expect(row).toMatchObject({
      input: { kind: 'action', contactRef: 'abc', action: { actionType: 'share', testing: true } },
      acceptedAt: requestedAt,
    });
  });

  it.each<[what: string, fields: Record<string, FieldValue>, problems: unknown]>([
    ['a time to come', { createdAt: '2026-03-02' }, [{ field: 'createdAt', reason: 'is in the future' }]],
    ['a time long ago', { createdAt: '2021-02-28' }, [{ field: 'createdAt', reason: 'is too long ago' }]],
    ['a day five years ago', { createdAt: '2021-03-02' }, 'read'],
    [
      'a day that there is not, and a time of nowhere',
      { createdAt: '2025-02-29' },
      [{ field: 'createdAt', reason: 'is neither a day nor a time with its offset' }],
    ],
    [
      'a time without offset',
      { createdAt: '2025-02-01 10:00' },
      [{ field: 'createdAt', reason: 'is neither a day nor a time with its offset' }],
    ],
    ['an answer nobody understands', { optIn: 'maybe' }, [{ field: 'optIn', reason: 'is neither true nor false' }]],
    ['a list for a name', { firstName: ['a'] }, [{ field: 'firstName', reason: 'is invalid' }]],
    ['an amount in words', { 'donation.amount': 'ten' }, [{ field: 'donation.amount', reason: 'is invalid' }]],
    ['bytes of another encoding', { firstName: 'J\uFFFDrg' }, [{ field: 'firstName', reason: 'is no UTF-8' }]],
    [
      'what Postgres does not take',
      { 'customFields.a': ['x\u0000'] },
      [{ field: 'customFields.a', reason: 'has characters that cannot be stored' }],
    ],
    [
      'a novel',
      { 'customFields.a': 'x'.repeat(10_001) },
      [{ field: 'customFields.a', reason: 'should be at most 10000 character(s)' }],
    ],
  ])('with %s', (_what, fields, problems) => {
    expect(problemsOf(fields)).toEqual(problems);
  });
});
