import { isStorableText } from '@groundswell/domain';
import { ProviderFault } from '../provider.error';
import { readTranscript } from './transcript';

const aDocument = (results: object): string =>
  JSON.stringify({ jobName: 'a', accountId: '1', status: 'COMPLETED', results });
const word = (end: string) => ({ type: 'pronunciation', start_time: '0.1', end_time: end });

it('is as long as its last word, and costs 15 seconds at least', () => {
  const items = [word('0.9'), word('61.01'), { type: 'punctuation' }, word('59.2')];
  expect(readTranscript(aDocument({ language_code: 'de-DE', transcripts: [{ transcript: 'Ja.' }], items }))).toEqual({
    result: { language: 'de-DE', text: 'Ja.', seconds: 62 },
    units: 62,
  });
  expect(readTranscript(aDocument({ transcripts: [{ transcript: '' }] }))).toEqual({
    result: { language: null, text: '', seconds: 0 },
    units: 15,
  });
});

it.each([199_997, 199_998, 199_999])('is text that Postgres takes, and no endless one: %i letters', (letters) => {
  const transcript = `a\u0000${'b'.repeat(letters)}\u{20000}${'b'.repeat(100_000)}`;
  const { result } = readTranscript(aDocument({ transcripts: [{ transcript }] }));
  const { text } = result as { text: string };
  expect(isStorableText(text)).toBe(true);
  expect(Math.abs(199_999 - text.length)).toBeLessThan(2);
});

it.each(['', '<Error/>', '{}', aDocument({ transcripts: 'no' })])('cannot be read: %j', (text) => {
  expect(() => readTranscript(text)).toThrow(ProviderFault);
});
