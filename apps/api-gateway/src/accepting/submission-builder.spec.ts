import { ingestMessageV1, maxSubmissionBytes } from '@groundswell/contracts';
import { encodeRef, fingerprint, ReferenceRecipe } from '@groundswell/crypto';
import { aCampaign, anOrg, aPage, aPageScope } from '@groundswell/submissions';
import { ApiError, InputError } from '../api/api-error';
import type { AddActionContactArguments } from './accept-arguments';
import { SubmissionBuilder } from './submission-builder';

const seed = '4xFc6MsafPEwc6ME';
const haraldRef = 'V9VLvL6KDalqwogkaXoc6CUBSTTqEePeOGFQCByC3FI';
const now = new Date('2026-01-02T03:04:05.678Z');
const target = '3b241101-e2bb-4255-8caf-4136c566a962';

const plainSealer = {
  seal: (_orgId: number, payload: string) => ({ payload, nonce: null, encryptKeyId: null, signKeyId: null }),
};
const builder = new SubmissionBuilder(plainSealer, seed);
const acceptance = (referer: string | null = null) => ({
  now,
  referer,
  idFor: () => '0199b1c2-0000-7000-8000-000000000001',
});

const input = (changes: Partial<AddActionContactArguments> = {}): AddActionContactArguments => ({
  actionPageId: 5,
  action: { actionType: 'petition' },
  contact: { firstName: 'Harald', lastName: 'Bower', email: 'Harald@example.org ' },
  privacy: {},
  ...changes,
});

const problemsOf = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error instanceof InputError ? error.problems : error;
  }
  return 'accepted';
};

describe('a contact submission', () => {
  it('freezes everything that was decided', () => {
    const { submission, json, partition } = builder.buildContact(
      aPageScope(),
      input({
        action: {
          actionType: 'petition',
          customFields: { comment: 'yes' },
          fields: [{ key: 'a', value: '1' }],
          testing: true,
        },
        contact: { firstName: 'Harald', email: 'harald@example.org', address: { country: 'pl', postcode: '02-123' } },
        privacy: { optIn: true, leadOptIn: false },
        tracking: { source: 'web', medium: null, location: 'https://act.green.org/bees?x=1' },
        contactRef: 'earlier-ref==',
      }),
      acceptance('https://act.green.org/bees?utm=1'),
    );
    expect(submission).toEqual({
      schema: 'groundswell:submission:1',
      id: '0199b1c2-0000-7000-8000-000000000001',
      acceptedAt: '2026-01-02T03:04:05.678Z',
      pageId: 5,
      campaignId: 3,
      orgId: 7,
      ref: haraldRef,
      kind: 'contact',
      carriedRef: 'earlier-ref',
      supporter: { firstName: 'Harald', lastName: null, email: 'harald@example.org', address: null, area: 'PL' },
      clearAtDeliver: ['email', 'lastName', 'address'],
      contacts: [
        {
          orgId: 7,
          payload: '{"area":"PL","country":"PL","email":"harald@example.org","firstName":"Harald","postcode":"02-123"}',
          nonce: null,
          encryptKeyId: null,
          signKeyId: null,
          communicationConsent: true,
          deliveryConsent: true,
        },
      ],
      source: {
        source: 'web',
        medium: 'unknown',
        campaign: 'unknown',
        content: '',
        location: 'https://act.green.org/bees',
      },
      action: { actionType: 'petition', fields: { a: '1', comment: 'yes' }, testing: true, donation: null, mtt: null },
      recipe: new ReferenceRecipe(seed).id,
    });
    expect(JSON.parse(json.toString())).toEqual(submission);
    expect(ingestMessageV1.parse(submission)).toEqual(submission);
    expect(partition).toBe(0x57d54bbc % 16);
  });

  it('says what former seeds make of the same person, newest first', () => {
    const seeds = ['before', 'first'];
    const { submission } = new SubmissionBuilder(plainSealer, seed, seeds).buildContact(
      aPageScope(),
      input(),
      acceptance(),
    );
    expect(submission.ref).toBe(haraldRef);
    expect(submission.formerRefs).toEqual(seeds.map((one) => encodeRef(fingerprint(one, 'harald@example.org'))));
    expect(ingestMessageV1.parse(submission)).toEqual(submission);
  });

  it('has no source without tracking and referer', () => {
    expect(builder.buildContact(aPageScope(), input(), acceptance()).submission.source).toBeNull();
  });

  const collector = anOrg({ id: 7 });
  const lead = anOrg({ id: 8, name: 'leadorg' });
  const flags = [true, false, null] as const;
  const everyConsent = flags.flatMap((optIn) => flags.map((leadOptIn) => ({ optIn, leadOptIn })));
  const recordsOf = (
    consent: { optIn: boolean | null; leadOptIn: boolean | null },
    { delivery, forceDelivery, isSplit }: { delivery: boolean; forceDelivery: boolean; isSplit: boolean },
  ) =>
    builder
      .buildContact(
        aPageScope({
          page: aPage({ delivery }),
          campaign: aCampaign({ orgId: isSplit ? 8 : 7, forceDelivery }),
          collector,
          lead: isSplit ? lead : collector,
        }),
        input({ privacy: consent }),
        acceptance(),
      )
      .submission.contacts.map((record) => [record.orgId, record.deliveryConsent, record.communicationConsent]);

  it.each(everyConsent)('not split, $optIn and $leadOptIn: the collector alone', (consent) => {
    for (const delivery of [true, false]) {
      const records = recordsOf(consent, { delivery, forceDelivery: true, isSplit: false });
      expect(records).toEqual([[7, true, consent.optIn]]);
    }
  });

  it.each(everyConsent)('split, page delivers, $optIn and $leadOptIn: the lead only when asked in', (consent) => {
    const records = recordsOf(consent, { delivery: true, forceDelivery: false, isSplit: true });
    expect(records).toEqual([[7, true, consent.optIn], ...(consent.leadOptIn ? [[8, false, true]] : [])]);
  });

  it.each(everyConsent)('split and forced, $optIn and $leadOptIn: both', (consent) => {
    const records = recordsOf(consent, { delivery: true, forceDelivery: true, isSplit: true });
    expect(records).toEqual([
      [7, true, consent.optIn],
      [8, true, consent.leadOptIn],
    ]);
  });

  it.each(everyConsent)('split, page does not deliver, $optIn and $leadOptIn: the lead', (consent) => {
    for (const forceDelivery of [true, false]) {
      const records = recordsOf(consent, { delivery: false, forceDelivery, isSplit: true });
      expect(records).toEqual([...(consent.optIn ? [[7, false, true]] : []), [8, true, consent.leadOptIn]]);
    }
  });

  it('is not split when the campaign has no lead any more: nobody would get it otherwise', () => {
    const scope = aPageScope({ page: aPage({ delivery: false }), campaign: aCampaign({ orgId: null }), lead: null });
    const { contacts } = builder.buildContact(scope, input(), acceptance()).submission;
    expect(contacts.map(({ orgId, deliveryConsent }) => [orgId, deliveryConsent])).toEqual([[7, true]]);
  });

  it.each([
    [
      'high security',
      { collector: anOrg({ highSecurity: true }), hasMtt: true },
      { firstName: null, lastName: null, email: null, address: null, area: 'PL' },
      ['email', 'lastName', 'address', 'firstName'],
    ],
    [
      'a campaign with MTT',
      { hasMtt: true },
      {
        firstName: 'Harald',
        lastName: 'Bower',
        email: 'harald@example.org',
        address: '{"locality":null,"region":null,"street":"Prosta","streetNumber":null}',
        area: 'PL',
      },
      [],
    ],
    [
      'any other',
      {},
      { firstName: 'Harald', lastName: null, email: 'harald@example.org', address: null, area: 'PL' },
      ['email', 'lastName', 'address'],
    ],
  ])('keeps the clear copies of %s', (_case, changes, supporter, clearAtDeliver) => {
    const { submission } = builder.buildContact(
      aPageScope(changes),
      input({
        contact: {
          name: 'Harald Bower',
          email: 'harald@example.org',
          address: { country: 'PL', street: 'Prosta', postcode: '' },
        },
      }),
      acceptance(),
    );
    expect(submission.supporter).toEqual(supporter);
    expect(submission.clearAtDeliver).toEqual(clearAtDeliver);
  });

  it('takes donation and mtt in their stored form', () => {
    const { submission } = builder.buildContact(
      aPageScope({ hasMtt: true, isTarget: (id) => id === target }),
      input({
        action: {
          actionType: 'donate',
          donation: {
            schema: 'STRIPE_PAYMENT_INTENT',
            payload: { amount: 500, currency: 'pln', id: 'pi_1' },
            frequencyUnit: 'MONTHLY',
          },
          mtt: { subject: 'Dear\nyou', body: '{{target.name}}', targets: [target.toUpperCase()], files: ['a.png'] },
        },
      }),
      acceptance(),
    );
    expect(submission.action.donation).toEqual({
      schema: 0,
      amount: 500,
      currency: 'PLN',
      frequencyUnit: 2,
      payload: { amount: 500, currency: 'pln', id: 'pi_1' },
    });
    expect(submission.action.mtt).toEqual({
      subject: 'Dear you',
      body: '{{target.name}}',
      targetIds: [target],
      files: ['a.png'],
    });
    expect(ingestMessageV1.parse(submission)).toEqual(submission);
  });

  const mtt = { subject: 's', body: 'b', targets: [target] };
  it.each<[string, Partial<AddActionContactArguments>, unknown]>([
    [
      'all errors of the contact at once, before those of the action',
      { contact: { firstName: '<b>', email: 'nope' }, action: { actionType: 'not ok' } },
      [
        { path: ['firstName'], message: 'has invalid format' },
        { path: ['email'], message: 'has invalid format' },
      ],
    ],
    [
      'all errors of the action at once',
      { action: { actionType: 'not ok', customFields: { a: { b: 1 } }, mtt } },
      [
        { path: ['actionType'], message: 'has invalid format' },
        {
          path: ['fields'],
          message: 'must be a map of string to values of strings or numbers, or lists of them',
        },
        { path: ['mtt'], message: 'Campaign does not support MTT' },
      ],
    ],
    [
      'a carried reference that is too long',
      { contactRef: 'x'.repeat(256) },
      [{ path: ['contactRef'], message: 'should be at most 255 character(s)' }],
    ],
  ])('reports %s', (_what, changes, problems) => {
    expect(problemsOf(() => builder.buildContact(aPageScope(), input(changes), acceptance()))).toEqual(problems);
  });

  it('Fix: refuses targets of another campaign', () => {
    const scope = aPageScope({ hasMtt: true, isTarget: () => false });
    const work = () => builder.buildContact(scope, input({ action: { actionType: 'mail2target', mtt } }), acceptance());
    expect(problemsOf(work)).toEqual([
      { path: ['mtt', 'targets'], message: 'target to messages association violated' },
    ]);
  });

  it.each<[string, AddActionContactArguments['action'], string[]]>([
    [
      'donation payload',
      { actionType: 'donate', donation: { amount: 1, payload: { note: 'x'.repeat(maxSubmissionBytes) } } },
      ['donation', 'payload'],
    ],
    [
      'targets',
      {
        actionType: 'mail2target',
        mtt: {
          subject: '',
          body: 'x'.repeat(9_000),
          targets: Array.from({ length: 4_000 }, (_, i) => `${target.slice(0, -4)}${String(i).padStart(4, '0')}`),
        },
      },
      ['mtt', 'targets'],
    ],
  ])('is too large at its largest attribute: %s', (_what, action, path) => {
    const scope = aPageScope({ hasMtt: true, isTarget: () => true });
    expect(problemsOf(() => builder.buildContact(scope, input({ action }), acceptance()))).toEqual([
      { path, message: 'is too large' },
    ]);
  });
});

describe('an action submission', () => {
  it('names its supporter by reference, without padding', () => {
    const { submission, partition } = builder.buildAction(
      aPageScope(),
      { actionPageId: 5, action: { actionType: 'share' }, contactRef: 'AAAAJQ==' },
      acceptance('https://act.green.org/bees'),
    );
    expect(submission).toMatchObject({ kind: 'action', ref: 'AAAAJQ', action: { actionType: 'share', fields: {} } });
    expect(submission.source?.location).toBe('https://act.green.org/bees');
    expect(partition).toBe(0x25 % 16);
    expect(ingestMessageV1.parse(submission)).toEqual(submission);
  });

  it.each(['', 'not base64!', 'A', 'AA=', '====', 'żółć'])('refuses the reference %j', (contactRef) => {
    for (const build of [
      () =>
        builder.buildAction(
          aPageScope(),
          { actionPageId: 5, action: { actionType: 'share' }, contactRef },
          acceptance(),
        ),
      () => builder.buildLink(aPageScope(), { actionPageId: 5, contactRef, linkRefs: ['x'] }, acceptance()),
    ]) {
      const error = problemsOf(build);
      expect(error).toBeInstanceOf(ApiError);
      expect(error).toMatchObject({ code: null, message: 'contact_ref: Cannot decode from Base64url' });
    }
  });
});

describe('a link submission', () => {
  it.each([[null], [undefined], [[]]])('Fix: takes %j as no references', (linkRefs) => {
    const built = builder.buildLink(aPageScope(), { actionPageId: 5, contactRef: haraldRef, linkRefs }, acceptance());
    expect(built.submission).toMatchObject({ kind: 'link', ref: haraldRef, linkRefs: [] });
  });

  it('names each reference once, without padding, and leaves empty ones out', () => {
    const linkRefs = ['AAAA', 'AA==', 'AA', '', 'opaque text'];
    const built = builder.buildLink(aPageScope(), { actionPageId: 5, contactRef: haraldRef, linkRefs }, acceptance());
    expect(built.submission.linkRefs).toEqual(['AAAA', 'AA', 'opaque text']);
    expect(ingestMessageV1.parse(built.submission)).toEqual(built.submission);
  });

  it('refuses too long and too many references', () => {
    const build = (linkRefs: string[]) => () =>
      builder.buildLink(aPageScope(), { actionPageId: 5, contactRef: haraldRef, linkRefs }, acceptance());
    expect(problemsOf(build(['ok', 'x'.repeat(256)]))).toEqual([
      { path: ['linkRefs', 1], message: 'should be at most 255 character(s)' },
    ]);
    expect(problemsOf(build(Array.from({ length: 20_000 }, (_, i) => `reference${i}`)))).toEqual([
      { path: ['linkRefs'], message: 'should have at most 100 item(s)' },
    ]);
  });
});
