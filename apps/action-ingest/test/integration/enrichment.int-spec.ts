import { waitFor } from '@groundswell/testing';
import { enrichActionJob } from '../../src/enriching/enrichment-jobs';
import { awsError, awsThrottled, EnrichmentFixture } from './enrichment-fixture';
import { aDecision } from './ingest-fixture';

const translate = { kind: 'translate', field: 'comment', language: 'en' };
const sentiment = { kind: 'sentiment', field: 'comment' };
const transcribe = { kind: 'transcribe', language: null };
const label = { kind: 'label' };
const german = 'Das wäre schön';

let world: EnrichmentFixture;

beforeAll(async () => {
  world = await EnrichmentFixture.create();
});
afterAll(() => world.close());

const callsOf = (name: string): number => world.aws.paid[name] ?? 0;
const enrichedFacts = async (actionId: number): Promise<object[]> => {
  await world.ingest.deltas();
  return (world.ingest.factBodies as { schema: string; actionId?: number }[]).filter(
    (body) => body.schema === 'groundswell:action-enriched:1' && body.actionId === actionId,
  );
};

describe('texts of actions', () => {
  it('are translated and judged, each once, and cost their org its characters', async () => {
    const place = await world.place([translate, sentiment]);
    const signature = await world.signed(place, german);
    const units = german.length;
    expect(await world.ended(signature, 2)).toMatchObject([
      {
        ...{ kind: 'translate', field: 'comment', status: 'complete', reason: null, attempts: 1, reserved: 0, units },
        result: { language: 'de', into: 'en', text: `(en) ${german}` },
      },
      { kind: 'sentiment', status: 'complete', units, result: { language: 'de', sentiment: 'positive' } },
    ]);
    expect(await world.usage(place.orgId, 'translate')).toEqual({ used: units, reserved: 0 });
    const actionId = await world.actionId(signature);
    const facts = await waitFor(async () => {
      const found = await enrichedFacts(actionId);
      return found.length >= 2 ? found : undefined;
    });
    const ids = { orgId: place.orgId, actionId, campaignId: place.campaignId, status: 'complete' };
    expect(facts).toHaveLength(2);
    expect(facts).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...ids, kind: 'translate' }),
        expect.objectContaining({ ...ids, kind: 'sentiment' }),
      ]),
    );
    expect(JSON.stringify(facts)).not.toContain('schön');
    await world.ingest.act(signature);
    expect(await world.of(signature)).toHaveLength(2);
  });

  it('are left alone without consent of the lead, in tests, in transient fields, and where no copy is kept', async () => {
    const lead = await world.place([translate]);
    const partner = await world.ingest.place({}, {}, lead);
    const transient = await world.place([translate], { transientActions: ['register:comment'] });
    const secret = await world.place([translate]);
    await world.sql('update catalog.orgs set high_security = true where id = $1', [secret.orgId]);
    const before = callsOf('TranslateText');
    const left = [
      await world.signed(partner, german),
      await world.signed(transient, german),
      await world.signed(secret, german),
      await world.signed(lead, german, { action: { testing: true, fields: { comment: german } } }),
      await world.signed(lead, '  '),
      await world.signed(lead),
    ];
    const control = await world.signed(lead, german);
    await world.ended(control);
    for (const signature of left) expect(await world.of(signature)).toEqual([]);
    expect(callsOf('TranslateText')).toBe(before + 1);
  });

  it('wait for the person to confirm, and are not made again by what follows', async () => {
    const place = await world.place([translate], { supporterConfirm: true }, { customSupporterConfirm: true });
    const signature = await world.signed(place, german);
    expect(await world.of(signature)).toEqual([]);
    const actionId = await world.actionId(signature);
    await world.ingest.act(aDecision(actionId, signature.ref, 'accept'));
    expect(await world.ended(signature)).toMatchObject([{ status: 'complete' }]);
    await world.ingest.act(aDecision(actionId, signature.ref, 'reject'));
    expect(await world.of(signature)).toHaveLength(1);
  });

  it('are tried again after throttling, an error of theirs, a reset and a silence', async () => {
    const place = await world.place([sentiment]);
    for (const spoil of [
      () => world.aws.mishap({ kind: 'answer', reply: awsThrottled }),
      () => world.aws.mishap({ kind: 'answer', reply: awsError('InternalServerException', 'no', 500) }),
      () => world.aws.mishap({ kind: 'reset' }),
      () => world.aws.mishap({ kind: 'silent' }),
    ]) {
      spoil();
      expect(await world.ended(await world.signed(place, german))).toMatchObject([{ status: 'complete', attempts: 2 }]);
    }
  });

  it('that the provider will not do end with a reason, and nothing it quotes is kept', async () => {
    const place = await world.place([translate]);
    const klingon = await world.signed(place, 'Something Klingon');
    expect(await world.ended(klingon)).toMatchObject([
      { status: 'error', reason: 'unsupported_language', detail: 'UnsupportedLanguagePairException', units: null },
    ]);
    const secretText = 'my name is Harald';
    world.aws.answerNext(400, { __type: 'ValidationException', message: `Value '${secretText}' at 'text'` });
    const quoted = await world.signed(place, secretText);
    expect(await world.ended(quoted)).toMatchObject([
      { status: 'error', reason: 'refused', detail: 'ValidationException' },
    ]);
    world.aws.answerNext(500, { __type: 'InternalFailure', message: `Value '${secretText}'` });
    await world.ended(await world.signed(place, secretText));
    const kept = await world.sql(
      `select from actions.jobs where to_jsonb(jobs)::text like '%Harald%' or last_error like '%Value%'`,
    );
    expect(kept).toEqual([]);
    expect(await world.usage(place.orgId, 'translate')).toEqual({ used: secretText.length, reserved: 0 });
  });

  it('whose call nobody knows the end of are made again, and count twice', async () => {
    const place = await world.place([translate]);
    const before = callsOf('TranslateText');
    const signature = await world.pauseAround(
      () => world.signed(place, german),
      () => {
        // The language is asked first.
        const languages = { Languages: [{ LanguageCode: 'de', Score: 1 }] };
        world.aws.mishap({ kind: 'answer', reply: { status: 200, body: languages } });
        world.aws.mishap({ kind: 'taken-then-silent' });
      },
    );
    expect(await world.ended(signature)).toMatchObject([{ status: 'complete', attempts: 2, units: german.length }]);
    expect(callsOf('TranslateText')).toBe(before + 2);
    expect(await world.usage(place.orgId, 'translate')).toEqual({ used: 2 * german.length, reserved: 0 });
  });
});

describe('the quota of an org', () => {
  it('of nothing allows nothing, and one that failed for it is begun anew by a person', async () => {
    const place = await world.place([translate]);
    await world.setQuota(place.orgId, 'translate', 0);
    const before = world.aws.calls.length;
    const signature = await world.signed(place, german);
    const [refused] = await world.ended(signature);
    expect(refused).toMatchObject({ status: 'error', reason: 'not_allowed', result: null });
    expect(world.aws.calls).toHaveLength(before);
    await world.setQuota(place.orgId, 'translate', german.length);
    expect(await world.retry(place.orgId + 1_000_000, refused?.id ?? 0).catch((error: Error) => error.message)).toBe(
      'there is no such enrichment',
    );
    expect(await world.retry(place.orgId, refused?.id ?? 0)).toEqual({ outcome: 'changed' });
    expect(await world.ended(signature)).toMatchObject([{ status: 'complete', reason: null }]);
    expect(await world.retry(place.orgId, refused?.id ?? 0)).toEqual({ outcome: 'unchanged' });
  });

  it('is never passed, however many ask at once', async () => {
    const place = await world.place([sentiment]);
    await world.setQuota(place.orgId, 'sentiment', 5 * german.length + 3);
    const before = callsOf('DetectSentiment');
    const signatures = await Promise.all(Array.from({ length: 8 }, () => world.signed(place, german)));
    const ends: string[] = [];
    for (const signature of signatures) {
      const [one] = await world.ended(signature);
      ends.push(one?.reason ?? one?.status ?? '');
    }
    expect(ends.sort()).toEqual([...Array<string>(5).fill('complete'), ...Array<string>(3).fill('quota_exceeded')]);
    expect(callsOf('DetectSentiment')).toBe(before + 5);
    expect(await world.usage(place.orgId, 'sentiment')).toEqual({ used: 5 * german.length, reserved: 0 });
  });
});

describe('attachments', () => {
  const photo = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(2_000, 1)]);

  it('are labelled once their scan says clean, whichever is first: that or the action being accepted', async () => {
    const place = await world.place([label], { supporterConfirm: true }, { customSupporterConfirm: true });
    for (const isCleanFirst of [true, false]) {
      const signature = await world.signed(place);
      const actionId = await world.actionId(signature);
      const accept = () => world.ingest.act(aDecision(actionId, signature.ref, 'accept'));
      if (!isCleanFirst) await accept();
      const { id, key } = await world.attach(actionId, place.orgId, 'image/jpeg', photo.length);
      await world.store.write(key, photo, { contentType: 'image/jpeg' });
      await world.tellClean(actionId, place.orgId);
      if (isCleanFirst) {
        await world.idle();
        expect(await world.of(signature)).toEqual([]);
        await accept();
      }
      expect(await world.ended(signature)).toMatchObject([
        {
          ...{ kind: 'label', field: `attachment:${id}`, status: 'complete', units: 1 },
          result: {
            labels: [
              { name: 'Crowd', confidence: 99 },
              { name: 'Banner', confidence: 81 },
            ],
            moderation: [{ name: 'Weapons', parent: 'Violence', confidence: 77 }],
          },
        },
      ]);
    }
  });

  it('that are no image, too large or gone end with a reason', async () => {
    const place = await world.place([label]);
    const signature = await world.signed(place);
    const actionId = await world.actionId(signature);
    await world.attach(actionId, place.orgId, 'image/png', 6 * 1024 * 1024);
    await world.attach(actionId, place.orgId, 'image/png');
    const { key } = await world.attach(actionId, place.orgId, 'image/png');
    await world.attach(actionId, place.orgId, 'application/pdf');
    await world.store.write(key, Buffer.from('no image'), { contentType: 'image/png' });
    await world.tellClean(actionId, place.orgId);
    const reasons = (await world.ended(signature, 3)).map(({ reason }) => reason);
    expect(reasons).toEqual(['source_too_large', 'no_source', 'unsupported_source']);
  });
});

describe('voice', () => {
  /** Submitted and asked after, under the name it has there. */
  const spoken = async (rules: object[] = [transcribe]) => {
    const place = await world.place(rules);
    const signature = await world.signed(place);
    const actionId = await world.actionId(signature);
    const { key } = await world.attach(actionId, place.orgId, 'audio/mpeg', 400_000);
    await world.tellClean(actionId, place.orgId);
    const [one] = await waitFor(async () => {
      const found = await world.of(signature);
      return found[0]?.status === 'submitted' && (await isAskedAfter(found[0].id)) ? found : undefined;
    });
    return { place, signature, key, id: one?.id ?? 0, name: `groundswell-${one?.id}-1` };
  };
  const isAskedAfter = async (id: number): Promise<boolean> =>
    (
      await world.sql(
        `select from actions.jobs where type = 'poll-transcription' and payload->>'enrichmentId' = $1::text`,
        [id],
      )
    ).length > 0;

  it('is transcribed: submitted, asked after, read, settled, and removed there', async () => {
    const { place, signature, name, key } = await spoken([{ ...transcribe, language: 'de-DE' }]);
    expect(world.aws.transcriptions.jobs.get(name)).toMatchObject({
      source: `s3://media-bucket/${key}`,
      language: 'de-DE',
    });
    expect(await world.usage(place.orgId, 'transcribe')).toEqual({ used: 0, reserved: 200 });
    await world.setQuota(place.orgId, 'transcribe', 399);
    const another = await world.signed(place);
    await world.attach(await world.actionId(another), place.orgId, 'audio/mpeg', 400_000);
    await world.tellClean(await world.actionId(another), place.orgId);
    expect(await world.ended(another)).toMatchObject([{ status: 'error', reason: 'quota_exceeded' }]);
    world.aws.transcriptions.complete(name, 'Ich bin dabei', 31.2);
    expect(await world.ended(signature)).toMatchObject([
      { status: 'complete', units: 32, result: { language: 'de-DE', text: 'Ich bin dabei', seconds: 32 } },
    ]);
    await world.idle();
    expect(world.aws.transcriptions.jobs.has(name)).toBe(false);
    expect(await world.usage(place.orgId, 'transcribe')).toEqual({ used: 32, reserved: 0 });
  });

  it.each([
    ['no answer came', () => Promise.resolve()],
    ['its process died', () => world.loseJobs()],
  ])('submitted where %s is found again by its name, and paid once', async (_what, happen) => {
    const before = callsOf('StartTranscriptionJob');
    const place = await world.place([transcribe]);
    const signature = await world.signed(place);
    const actionId = await world.actionId(signature);
    await world.attach(actionId, place.orgId, 'audio/ogg');
    const startedBefore = world.aws.transcriptions.started.length;
    world.aws.mishap({ kind: 'taken-then-silent' });
    await world.tellClean(actionId, place.orgId);
    await waitFor(() => Promise.resolve(world.aws.transcriptions.started.length > startedBefore));
    await happen();
    const [one] = await waitFor(async () => {
      await world.hurry();
      const found = await world.of(signature);
      return found[0] && (await isAskedAfter(found[0].id)) ? found : undefined;
    });
    world.aws.transcriptions.complete(`groundswell-${one?.id}-1`, 'Hello', 3);
    expect(await world.ended(signature)).toMatchObject([{ status: 'complete', units: 15 }]);
    expect(world.aws.transcriptions.started).toHaveLength(startedBefore + 1);
    expect(callsOf('StartTranscriptionJob')).toBe(before + 1);
    expect(await world.usage(place.orgId, 'transcribe')).toEqual({ used: 15, reserved: 0 });
  });

  it('is given up after a day, counted as used, and removed there when it ends', async () => {
    const { place, signature, name, id } = await spoken();
    await world.sql(`update actions.enrichments set submitted_at = now() - interval '25 hours' where id = $1`, [id]);
    expect(await world.ended(signature)).toMatchObject([{ status: 'timeout', reason: 'no_answer', result: null }]);
    expect(await world.usage(place.orgId, 'transcribe')).toEqual({ used: 200, reserved: 0 });
    world.aws.transcriptions.complete(name, 'Too late', 5);
    await world.idle();
    expect(world.aws.transcriptions.jobs.has(name)).toBe(false);
    expect(await world.of(signature)).toMatchObject([{ status: 'timeout', result: null }]);
  });

  it('that failed there is begun anew by a person, under another name', async () => {
    const { place, signature, name, id } = await spoken();
    world.aws.transcriptions.fail(name);
    expect(await world.ended(signature)).toMatchObject([{ status: 'error', reason: 'provider_failed' }]);
    expect(await world.usage(place.orgId, 'transcribe')).toEqual({ used: 0, reserved: 0 });
    expect(await world.retry(place.orgId, id)).toEqual({ outcome: 'changed' });
    const again = `groundswell-${id}-2`;
    await waitFor(() => Promise.resolve(world.aws.transcriptions.jobs.has(again)));
    world.aws.transcriptions.complete(again, 'Now', 20);
    expect(await world.ended(signature)).toMatchObject([{ status: 'complete', units: 20 }]);
  });

  it.each([
    ['of a person who is erased before it is known whether it was taken', true],
    ['given up since nobody knows whether it was taken', false],
  ])('%s is removed there when it ends', async (_what, isErased) => {
    const place = await world.place([transcribe]);
    const startedBefore = world.aws.transcriptions.started.length;
    const signature = await world.signed(place);
    const actionId = await world.actionId(signature);
    await world.attach(actionId, place.orgId, 'audio/ogg');
    await world.pauseAround(
      async () => {
        await world.tellClean(actionId, place.orgId);
        await waitFor(async () => (await world.of(signature)).length === 1);
      },
      () => world.aws.mishap({ kind: 'taken-then-silent' }),
      isErased ? 0 : enrichActionJob.attempts - 1,
    );
    await waitFor(() => world.aws.transcriptions.started.length > startedBefore);
    const [name = ''] = [...world.aws.transcriptions.jobs.keys()].slice(-1);
    if (isErased) await world.erase(place.orgId, signature.ref);
    else expect(await world.ended(signature)).toMatchObject([{ status: 'error', reason: 'provider_unavailable' }]);
    world.aws.transcriptions.complete(name, 'My name is Harald', 5);
    await world.idle();
    expect(world.aws.transcriptions.jobs.has(name)).toBe(false);
  });

  it('of an action that is rejected meanwhile is paid, and never stored', async () => {
    const { place, signature, name } = await spoken();
    await world.ingest.act(aDecision(await world.actionId(signature), signature.ref, 'reject'));
    world.aws.transcriptions.complete(name, 'Some abuse', 20);
    expect(await world.ended(signature)).toMatchObject([{ status: 'error', reason: 'action_rejected', result: null }]);
    expect(await world.usage(place.orgId, 'transcribe')).toEqual({ used: 20, reserved: 0 });
    await world.idle();
    expect(world.aws.transcriptions.jobs.has(name)).toBe(false);
  });

  it('of a person who is erased meanwhile is never stored, and removed there when it ends', async () => {
    const { place, signature, name } = await spoken();
    await world.erase(place.orgId, signature.ref);
    expect(await world.of(signature)).toEqual([]);
    world.aws.transcriptions.complete(name, 'My name is Harald', 5);
    await world.idle();
    expect(world.aws.transcriptions.jobs.has(name)).toBe(false);
    expect(await world.usage(place.orgId, 'transcribe')).toEqual({ used: 200, reserved: 0 });
  });
});

it('goes with the person: what is complete, and of others nothing', async () => {
  const place = await world.place([translate]);
  const [gone, stays] = [await world.signed(place, german), await world.signed(place, german)];
  await world.ended(gone);
  await world.ended(stays);
  await world.erase(place.orgId, gone.ref);
  expect(await world.of(gone)).toEqual([]);
  expect(await world.of(stays)).toHaveLength(1);
  expect(await world.usage(place.orgId, 'translate')).toEqual({ used: 2 * german.length, reserved: 0 });
});

it('goes with the last record that retention lets the lead keep', async () => {
  const place = await world.place([translate]);
  const signature = await world.signed(place, german);
  await world.ended(signature);
  await world.sql(`update actions.actions set inserted_at = now() - interval '36 months' where campaign_id = $1`, [
    place.campaignId,
  ]);
  await world.sql(
    `update catalog.campaigns set status = 2, end_date = (now() - interval '30 months')::date where id = $1`,
    [place.campaignId],
  );
  await world.sql(
    `insert into actions.retention_runs (org_id, mode, months, is_dry, asked_by)
     values ($1, 'delete_contacts', 24, false, 'test')`,
    [place.orgId],
  );
  await waitFor(async () => (await world.of(signature)).length === 0).catch(async (error: Error) => {
    const runs = await world.sql('select * from actions.retention_runs where org_id = $1', [place.orgId]);
    const contacts = await world.sql('select id from actions.contacts where org_id = $1', [place.orgId]);
    throw new Error(JSON.stringify({ runs, contacts, left: await world.of(signature) }), { cause: error });
  });
});

it('is looked at again before a call: without consent it goes, what was rejected ends', async () => {
  const place = await world.place([translate]);
  await world.pause();
  const [gone, rejected] = [await world.signed(place, german), await world.signed(place, german)];
  const { supporterId } = await world.ingest.actionOf(gone);
  await world.sql('delete from actions.contacts where supporter_id = $1', [supporterId]);
  await world.ingest.act(aDecision(await world.actionId(rejected), rejected.ref, 'reject'));
  const before = world.aws.calls.length;
  await world.resume();
  expect(await world.ended(rejected)).toMatchObject([{ status: 'error', reason: 'action_rejected' }]);
  await waitFor(async () => (await world.of(gone)).length === 0);
  expect(world.aws.calls).toHaveLength(before);
});

it('is not made when its rule was taken away, or an org keeps no clear copies any more', async () => {
  const places = [await world.place([translate]), await world.place([translate])] as const;
  await world.pause();
  const signatures = [await world.signed(places[0], german), await world.signed(places[1], german)];
  await world.sql('update catalog.campaigns set config = $2 where id = $1', [
    places[0].campaignId,
    { enrichment: [sentiment, { ...translate, field: 'other' }] },
  ]);
  await world.sql('update catalog.orgs set high_security = true where id = $1', [places[1].orgId]);
  const before = world.aws.calls.length;
  await world.resume();
  for (const signature of signatures) {
    expect(await world.ended(signature)).toMatchObject([{ status: 'error', reason: 'not_wanted', units: null }]);
  }
  expect(world.aws.calls).toHaveLength(before);
});

it('that nothing can be reached for fails after its last attempt, its job too, and both can be begun anew', async () => {
  const place = await world.place([sentiment]);
  const signature = await world.pauseAround(
    () => world.signed(place, german),
    () => {
      for (let attempt = 1; attempt <= enrichActionJob.attempts; attempt += 1) {
        world.aws.mishap({ kind: 'answer', reply: awsError('UnrecognizedClientException', 'no such key', 403) });
      }
    },
  );
  const [failed] = await world.ended(signature);
  const detail = 'UnrecognizedClientException';
  expect(failed).toMatchObject({
    status: 'error',
    reason: 'provider_unavailable',
    detail,
    attempts: enrichActionJob.attempts,
    reserved: 0,
  });
  const jobOf = (id: number) =>
    world.sql<{ state: string }>(
      `select state from actions.jobs where type = 'enrich-action' and payload->>'enrichmentId' = $1::text order by id`,
      [id],
    );
  const id = failed?.id ?? 0;
  await waitFor(async () => (await jobOf(id))[0]?.state === 'failed');
  expect(await world.usage(place.orgId, 'sentiment')).toEqual({ used: 0, reserved: 0 });
  expect(await world.retry(place.orgId, id)).toEqual({ outcome: 'changed' });
  expect(await world.ended(signature)).toMatchObject([{ status: 'complete' }]);
  await waitFor(async () => (await jobOf(id))[1]?.state === 'complete');
});
