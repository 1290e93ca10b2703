import { idempotentSubmissionId, uuidV7 } from './submission-id';

const request = { pageId: 12, fieldPath: 'addActionContact', ref: 'AAAAAA', key: 'abc' };

describe('uuidV7', () => {
  it('carries the time, the version and the variant', () => {
    expect(uuidV7(Date.UTC(2022, 1, 22, 19, 22, 22))).toMatch(
      /^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('rises within a millisecond and never repeats', () => {
    const ids = Array.from({ length: 2000 }, () => uuidV7(1_700_000_000_000));
    expect(new Set(ids).size).toBe(2000);
    expect([...ids].sort()).toEqual(ids);
  });

  it('stays unique past the counter of one millisecond', () => {
    expect(new Set(Array.from({ length: 9000 }, () => uuidV7(1_700_000_000_001))).size).toBe(9000);
  });

  it('takes the clock as it is after it was set back', () => {
    expect(uuidV7(2_000).slice(0, 13)).toBe('00000000-07d0');
    expect(uuidV7(1_000).slice(0, 13)).toBe('00000000-03e8');
  });
});

describe('idempotentSubmissionId', () => {
  it('is the same UUIDv8 for the same request on every replica', () => {
    expect(idempotentSubmissionId(request)).toBe(idempotentSubmissionId({ ...request }));
    expect(idempotentSubmissionId(request)).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('stays what it was in earlier releases', () => {
    expect(idempotentSubmissionId(request)).toBe('f9afc9c3-8a46-85b4-ad11-839798359e44');
  });

  it('does not tell a padded ref from an unpadded one', () => {
    expect(idempotentSubmissionId({ ...request, ref: 'AAAAAA==' })).toBe(idempotentSubmissionId(request));
  });

  it('differs by every part, and where one part ends and the next begins', () => {
    const ids = [
      request,
      { ...request, pageId: 13 },
      { ...request, fieldPath: '0.addActionContact' },
      { ...request, ref: 'AAAAAB' },
      { ...request, key: 'abd' },
      { ...request, ref: 'AAAAAAa', key: 'bc' },
      { ...request, ref: 'AAAAA', key: 'Aabc' },
      { ...request, pageId: 1, fieldPath: '2addActionContact' },
    ].map(idempotentSubmissionId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
