import { retentionRule, scheduledRetention } from './retention-rule';

describe('the rule of a retention', () => {
  it.each(['delete_contacts', 'remove_pii'] as const)('%s after 24 months', (mode) => {
    expect(retentionRule(mode, 24)).toEqual({ mode, months: 24 });
  });

  it.each([undefined, null, '', 'delete', 7])('mode %j is an error', (mode) => {
    expect(retentionRule(mode, 24)).toEqual({ error: 'mode must be delete_contacts or remove_pii' });
  });

  it.each([undefined, null, 0, -1, 1.5, 1_201, '24', NaN])('%j months are an error', (months) => {
    expect(retentionRule('remove_pii', months)).toEqual({ error: 'months must be a whole number from 1 to 1200' });
  });
});

describe('config.retention', () => {
  it.each([
    [undefined, null],
    ['24', null],
    [{}, null],
    [{ mode: 'remove_pii' }, null],
    [{ months: 24 }, { mode: 'remove_pii', months: 24 }],
    [
      { months: '36', mode: 'delete_contacts' },
      { mode: 'delete_contacts', months: 36 },
    ],
    [{ months: 'two' }, { mode: 'remove_pii', months: null }],
    [{ months: 1e300 }, { mode: 'remove_pii', months: null }],
    [
      { months: 24, mode: 'all' },
      { mode: 'all', months: 24 },
    ],
  ])('%j', (retention, expected) => {
    expect(scheduledRetention({ retention })).toEqual(expected);
  });
});
