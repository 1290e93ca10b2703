import {
  attachmentField,
  attachmentOfField,
  checkEnrichmentRules,
  enrichmentOfType,
  isEnriched,
  mostEnrichmentRules,
  readEnrichmentRules,
} from './enrichment-rules';

const rules = [
  { kind: 'translate', field: 'comment', language: 'en' },
  { kind: 'sentiment', field: 'comment' },
  { kind: 'transcribe', language: null },
  { kind: 'label' },
];

it('reads the rules of a campaign, as they are kept', () => {
  const given = [...rules.slice(0, 3), { kind: 'label', field: null, language: null }];
  expect(readEnrichmentRules({ enrichment: given })).toEqual(rules);
  expect(readEnrichmentRules({})).toEqual([]);
});

it.each([
  ['no list', { kind: 'label' }, [[], 'is invalid']],
  ['too many', Array.from({ length: mostEnrichmentRules + 1 }, () => ({ kind: 'label' })), [[], 'is too large']],
  ['no rule', ['label'], [[0], 'is invalid']],
  ['another kind', [{ kind: 'draw' }], [[0, 'kind'], 'is invalid']],
  ['no field', [{ kind: 'sentiment' }], [[0, 'field'], "can't be blank"]],
  ['an attachment as a field', [{ kind: 'sentiment', field: attachmentField(1) }], [[0, 'field'], 'is invalid']],
  ['a long field', [{ kind: 'sentiment', field: 'x'.repeat(65) }], [[0, 'field'], 'is invalid']],
  ['a field nothing stores', [{ kind: 'sentiment', field: 'a\u0000' }], [[0, 'field'], 'is invalid']],
  ['no language', [{ kind: 'translate', field: 'c' }], [[0, 'language'], "can't be blank"]],
  ['no such language', [{ kind: 'translate', field: 'c', language: 'English' }], [[0, 'language'], 'is invalid']],
  ['what a kind does not take', [{ kind: 'label', field: 'photo' }], [[0, 'field'], 'is invalid']],
  ['one twice', [{ kind: 'label' }, { kind: 'label' }], [[1], 'is there twice']],
])('refuses %s', (_what, given, [path, message]) => {
  expect(checkEnrichmentRules(given)).toEqual({ problems: [{ path, message }] });
  expect(readEnrichmentRules({ enrichment: given })).toEqual([]);
});

it('names the field of an attachment, and finds the attachment in it', () => {
  expect(attachmentOfField(attachmentField(17))).toBe('17');
  expect(attachmentOfField('comment')).toBeNull();
});

it.each([
  ['audio/mpeg', 'transcribe'],
  ['video/webm', 'transcribe'],
  ['image/jpeg', 'label'],
  ['image/gif', null],
  ['application/pdf', null],
])('of %s: %s', (type, kind) => expect(enrichmentOfType(type)).toBe(kind));

it('enriches what a person stands behind and nobody rejected, never a test', () => {
  expect(isEnriched('confirming', 'accepted', false)).toBe(true);
  expect(isEnriched('repeat', 'accepted', false)).toBe(true);
  expect(isEnriched('delivered', 'accepted', true)).toBe(false);
  expect(isEnriched('new', 'confirming', false)).toBe(false);
  expect(isEnriched('rejected', 'rejected', false)).toBe(false);
  expect(isEnriched('new', null, false)).toBe(false);
});
