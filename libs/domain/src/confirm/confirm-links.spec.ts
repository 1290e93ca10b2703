import { confirmLinks } from './confirm-links';

describe('links of a confirm', () => {
  it.each<[string, { email: string | null; objectId: number | null }, string]>([
    ['by address, even beside an object', { email: 'jo+x@example.org', objectId: 7 }, '?email=jo%2Bx%40example.org'],
    ['by object', { email: null, objectId: 7 }, '?id=7'],
    ['by an empty address as if without', { email: '', objectId: 0 }, '?id=0'],
    ['by the code alone', { email: null, objectId: null }, ''],
  ])('are looked up %s', (_what, confirm, query) => {
    expect(confirmLinks('https://act.example.org', { code: '123456789012', ...confirm })).toEqual({
      acceptLink: `https://act.example.org/link/accept/123456789012${query}`,
      rejectLink: `https://act.example.org/link/reject/123456789012${query}`,
    });
  });
});
