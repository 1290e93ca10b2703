import type { CataloguePage } from '@groundswell/persistence';
import type { Candidate, MailoutSegment } from './mailout';
import { isInSegment } from './segment';

const pages = new Map([[1, { locale: 'de_AT' } as CataloguePage]]);
const acceptedAt = new Date('2026-03-01T10:00:00Z');
const somebody = { actionId: 5, actionTypes: ['register', 'share'], area: 'PL', acceptedAt, pageId: 1 } as Candidate;
const everybody: MailoutSegment = { actionType: null, area: null, language: null, since: null };

it.each<[Partial<MailoutSegment>, boolean]>([
  [{}, true],
  [{ actionType: 'share' }, true],
  [{ actionType: 'donate' }, false],
  [{ area: 'pl' }, true],
  [{ area: 'DE' }, false],
  [{ language: 'de' }, true],
  [{ language: 'de-at' }, true],
  [{ language: 'de_DE' }, false],
  [{ language: 'd' }, false],
  [{ since: acceptedAt }, true],
  [{ since: new Date(+acceptedAt + 1) }, false],
])('of %j somebody is one: %s', (segment, isOne) => {
  expect(isInSegment(somebody, { ...everybody, ...segment }, pages)).toBe(isOne);
});

it('never of those who only tested', () => {
  expect(isInSegment({ ...somebody, actionId: null }, everybody, pages)).toBe(false);
});
