import { randomBytes, randomUUID } from 'node:crypto';
import { Client } from 'pg';
import {
  exchanges,
  ingestQueue,
  requestKey,
  requestQueue,
  type ContactSubmissionV1,
  type PartitionMessageV1,
  type ReferenceMove,
  type ReferencesMovedV1,
} from '@groundswell/contracts';
import {
  cryptoReady,
  ContactBox,
  encodeRef,
  generateKeyPair,
  ReferenceRecipe,
  SecretEnvelope,
  uuidV7,
} from '@groundswell/crypto';
import { recountSql, sumDeltas, waitFor } from '@groundswell/testing';
import { Database } from '@groundswell/persistence';
import { ReferenceDesk } from '../../src/references/reference-desk';
import { partitionOf } from '../../src/storing/reference';
import { aContact, aDecision, anAction, aLink, IngestFixture, type Place } from './ingest-fixture';

const former = new ReferenceRecipe('before');
const present = new ReferenceRecipe('now', ['before']);
const envelopeKey = randomBytes(32).toString('base64url');
const settings = { FINGERPRINT_SEED: 'now', FINGERPRINT_SEED_BEFORE: 'before', ENVELOPE_KEY: envelopeKey };

const anEmail = () => `${randomUUID()}@example.org`;
const formerRef = (email: string) => encodeRef(former.refOf(email));
const presentRef = (email: string) => encodeRef(present.refOf(email));
const bytes = (ref: string) => Buffer.from(ref, 'base64url');

interface Row {
  id: number;
  ref: string;
  rank: number | null;
  recipe: string | null;
}

describe('references of another recipe', () => {
  let fixture: IngestFixture;
  let app: Awaited<ReturnType<IngestFixture['start']>>;

  beforeAll(async () => {
    await cryptoReady();
    fixture = await IngestFixture.create();
    await fixture.vhost.declareQueue(requestQueue('stats-service'), {
      exchange: exchanges.ingest,
      key: requestKey('stats-service'),
    });
    app = await fixture.start(settings);
  });
  afterAll(() => fixture.close());

  /** Signed while the former seed was in force, the address kept as clear copy and as an org's record without key. */
  const signedBefore = (place: Place, email: string, change: Partial<ContactSubmissionV1> = {}) =>
    signed(place, email, formerRef(email), { recipe: former.id, ...change });
  const signed = (place: Place, email: string, ref: string, change: Partial<ContactSubmissionV1> = {}) => {
    const contact = aContact(place, { ref, ...change });
    return {
      ...contact,
      supporter: { ...contact.supporter, email },
      clearAtDeliver: [],
      contacts: contact.contacts.map((record) => ({ ...record, payload: JSON.stringify({ email, firstName: 'H' }) })),
    };
  };
  const unreadable = (contact: ContactSubmissionV1): ContactSubmissionV1 => ({
    ...contact,
    supporter: { ...contact.supporter, firstName: null, email: null },
    contacts: [],
  });

  const under = async (...refs: string[]): Promise<Row[]> => {
    const { rows } = await fixture.sql.query<Omit<Row, 'ref'> & { ref: Buffer }>(
      `select id::int, fingerprint as ref, dupe_rank as rank, recipe from actions.supporters
        where fingerprint = any($1) order by id`,
      [refs.map(bytes)],
    );
    return rows.map((row) => ({ ...row, ref: encodeRef(row.ref) }));
  };
  const supporterOf = async (submission: { id: string }) => (await fixture.actionOf(submission)).supporterId;
  const recounted = async () => {
    const { rows } = await fixture.sql.query<{ name: string; n: number }>(recountSql);
    return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
  };
  const send = (message: PartitionMessageV1 & { id: string; ref: string }) =>
    fixture.vhost.send(ingestQueue(partitionOf(message.ref)), [message], () => ({ messageId: message.id }));
  const moveOf = (email: string) => ({
    schema: 'groundswell:command:1' as const,
    id: uuidV7(),
    at: new Date().toISOString(),
    kind: 'rereference' as const,
    ref: formerRef(email),
    newRef: presentRef(email),
    recipe: present.id,
  });
  const moved = (email: string) =>
    waitFor(async () => {
      const { rows } = await fixture.sql.query(
        'select 1 from actions.reference_aliases where old_ref = $1 and new_ref = $2',
        [bytes(formerRef(email)), bytes(presentRef(email))],
      );
      return rows.length === 1;
    });
  const move = async (email: string) => {
    await send(moveOf(email));
    await moved(email);
  };
  /** It does not look into the map. */
  const storedByEarlierRelease = async (place: Place, email: string): Promise<number> => {
    const { rows } = await fixture.sql.query<{ id: number }>(
      `insert into actions.supporters (campaign_id, action_page_id, fingerprint, email, processing_status, dupe_rank)
       values ($1, $2, $3, $4, 3, 0) returning id::int`,
      [place.campaignId, place.pageId, bytes(formerRef(email)), email],
    );
    return rows[0]!.id;
  };
  const begin = async (): Promise<number> => {
    const desk = app.get(ReferenceDesk, { strict: false });
    const id = randomUUID();
    const request = {
      schema: 'groundswell:request:1',
      kind: 'recalculate_references',
      id,
      requestedBy: 'user 1',
    } as const;
    const { jobId } = await app.get(Database, { strict: false }).transaction((manager) => desk.begin(manager, request));
    return jobId;
  };
  const ended = (jobId: number) =>
    waitFor(async () => {
      const { rows } = await fixture.sql.query(`select state, result, last_error from actions.jobs where id = $1`, [
        jobId,
      ]);
      if (rows[0]?.state === 'failed') throw new Error(rows[0].last_error as string);
      return rows[0]?.state === 'complete' ? (rows[0].result as Record<string, number>) : undefined;
    });
  const deltasAreExact = async () => expect(sumDeltas(await fixture.deltas())).toEqual(await recounted());
  const erased = async (orgId: number, ref: string) => {
    const { rows } = await fixture.sql.query<{ erased_at: Date }>(
      `insert into catalog.erasures (org_id, ref) values ($1, $2)
       on conflict (org_id, ref) do update set erased_at = now() returning erased_at`,
      [orgId, bytes(ref)],
    );
    const id = uuidV7();
    await send({
      schema: 'groundswell:command:1',
      id,
      at: new Date().toISOString(),
      kind: 'erase_contact',
      orgId,
      ref,
      erasedAt: (rows[0]?.erased_at ?? new Date()).toISOString(),
    });
    return waitFor(async () => {
      const receipts = await fixture.sql.query('select counts from actions.erasure_receipts where id = $1', [id]);
      return receipts.rows[0]?.counts as Record<string, number> | undefined;
    });
  };
  const tombstones = async (orgId: number) => {
    const { rows } = await fixture.sql.query<{ ref: Buffer; erased_at: Date }>(
      'select ref, erased_at from catalog.erasures where org_id = $1',
      [orgId],
    );
    return new Map(rows.map(({ ref, erased_at: at }) => [encodeRef(ref), +at]));
  };

  describe('a command that moves a person', () => {
    it('moves all signatures, ranks them as one person and lowers the count by what was counted twice', async () => {
      const place = await fixture.place();
      const partner = { ...place, pageId: await fixture.page(place.orgId, place.campaignId) };
      const email = anEmail();
      const before = [signedBefore(place, email), signedBefore(partner, email)];
      const now = [signed(place, email, presentRef(email), { recipe: present.id }), signedBefore(place, anEmail())];
      await fixture.act(...before);
      await fixture.act(...now);
      await deltasAreExact();
      expect((await recounted())[`${place.campaignId} org ${place.orgId}`]).toBe(3);
      await move(email);
      const ids = await Promise.all([...before, now[0]!].map(supporterOf));
      const first = ids[0]!;
      expect(await under(formerRef(email))).toEqual([]);
      const rows = await under(presentRef(email));
      expect(rows.map(({ id }) => id)).toEqual([...ids].sort((a, b) => a! - b!));
      expect(rows.map(({ rank }) => rank).sort()).toEqual([0, 1, 2]);
      expect(rows.every(({ recipe }) => recipe === present.id)).toBe(true);
      expect(rows.find(({ rank }) => rank === 0)?.id).toBe(Math.min(first, ids[1]!));
      expect((await recounted())[`${place.campaignId} org ${place.orgId}`]).toBe(2);
      await deltasAreExact();
    });

    it('changes no figure for a person who was counted once, and says who moved', async () => {
      const place = await fixture.place();
      const email = anEmail();
      await fixture.act(signedBefore(place, email));
      await deltasAreExact();
      const known = fixture.seen.length;
      await move(email);
      await fixture.deltas();
      expect(fixture.seen).toHaveLength(known);
      const facts = fixture.factBodies as ReferencesMovedV1[];
      const moves = facts.flatMap((fact): ReferenceMove[] =>
        fact.schema === 'groundswell:references-moved:1' ? fact.moves : [],
      );
      expect(moves.filter(({ from }) => from === formerRef(email))).toEqual([
        { from: formerRef(email), to: presentRef(email) },
      ]);
    });

    it('twice, or asked by another recipe, changes nothing more', async () => {
      const place = await fixture.place();
      const email = anEmail();
      await fixture.act(signedBefore(place, email));
      await move(email);
      const rows = await under(presentRef(email));
      const back = { ...moveOf(email), ref: presentRef(email), newRef: formerRef(email), recipe: former.id };
      await send(moveOf(email));
      await send(back);
      // A later message of each partition is stored: both commands were taken before it.
      await fixture.act(anAction(place, formerRef(email)), anAction(place, presentRef(email)));
      expect(await under(presentRef(email))).toEqual(rows);
      await deltasAreExact();
    });

    it('honours what comes under the former reference: actions, links, clicks and late signatures', async () => {
      const place = await fixture.place();
      const waiting = await fixture.place({}, { supporterConfirm: true });
      const email = anEmail();
      const signature = signedBefore(place, email);
      const unconfirmed = signedBefore(waiting, email);
      await fixture.act(signature, unconfirmed);
      await move(email);
      const action = anAction(place, formerRef(email));
      const { id, supporterId } = await fixture.actionOf(unconfirmed);
      await fixture.act(action, aDecision(id, formerRef(email), 'accept'));
      expect((await fixture.actionOf(action)).supporterId).toBe(await supporterOf(signature));
      expect(await fixture.actionOf(unconfirmed)).toMatchObject({ supporterId, supporterStatus: 3, rank: 0 });
      const late = signedBefore(place, email);
      await fixture.act(late);
      const rows = await under(presentRef(email));
      expect(rows.find((row) => row.id > supporterId!)).toMatchObject({ rank: 1, recipe: null });
      expect(await under(formerRef(email))).toEqual([]);
      const [linked, share] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')];
      const [first, second] = [anAction(place, linked), anAction(place, share)];
      await fixture.act(first, second);
      await fixture.act(aLink(place, formerRef(email), [linked, share]));
      await waitFor(async () => (await fixture.actionOf(second)).supporterId !== null);
      expect((await fixture.actionOf(first)).supporterId).toBe((await fixture.actionOf(late)).supporterId);
      await deltasAreExact();
    });

    it('takes along actions and links that wait for the person, and carried references', async () => {
      const [place, elsewhere] = [await fixture.place(), await fixture.place()];
      const email = anEmail();
      const carrier = aContact(place, { carriedRef: formerRef(email) });
      const waiting = anAction(elsewhere, formerRef(email));
      const ref = randomBytes(32).toString('base64url');
      await fixture.act(carrier, waiting, aLink(elsewhere, formerRef(email), [ref]), signedBefore(place, email));
      await move(email);
      const { rows } = await fixture.sql.query<{ refs: string[]; links: string[] }>(
        `select array(select convert_from(ref, 'UTF8') from actions.supporter_refs where supporter_id = $1) as refs,
                array(select convert_from(contact_ref, 'UTF8') from actions.pending_links where org_id = $2) as links`,
        [await supporterOf(carrier), elsewhere.orgId],
      );
      expect(rows[0]).toEqual({ refs: [presentRef(email)], links: [presentRef(email)] });
      const arrives = signed(elsewhere, email, presentRef(email), { recipe: present.id });
      await fixture.act(arrives);
      await waitFor(async () => (await fixture.actionOf(waiting)).supporterId !== null);
      expect((await fixture.actionOf(waiting)).supporterId).toBe(await supporterOf(arrives));
    });

    it('links what waited under one of the references for whoever has the other', async () => {
      const place = await fixture.place();
      const email = anEmail();
      const waiting = anAction(place, presentRef(email));
      const signature = signedBefore(place, email);
      await fixture.act(waiting, signature);
      expect((await fixture.actionOf(waiting)).supporterId).toBeNull();
      await move(email);
      await waitFor(async () => (await fixture.actionOf(waiting)).supporterId !== null);
      expect((await fixture.actionOf(waiting)).supporterId).toBe(await supporterOf(signature));
    });

    it('takes what an earlier release stored under the former reference after the move', async () => {
      const place = await fixture.place();
      const email = anEmail();
      await fixture.act(signedBefore(place, email));
      await move(email);
      const id = await storedByEarlierRelease(place, email);
      await send(moveOf(email));
      await waitFor(async () => (await under(formerRef(email))).length === 0);
      expect((await under(presentRef(email))).find((row) => row.id === id)).toMatchObject({ rank: 1 });
    });

    it('brings persons together again when a recipe comes back', async () => {
      const place = await fixture.place();
      const email = anEmail();
      await fixture.act(signedBefore(place, email));
      await move(email);
      // As if the seeds had changed places: the former reference becomes the present one.
      const back = { ...moveOf(email), ref: presentRef(email), newRef: formerRef(email) };
      await send(back);
      await waitFor(async () => (await under(formerRef(email))).length === 1);
      const { rows } = await fixture.sql.query(
        'select old_ref, new_ref from actions.reference_aliases where old_ref = any($1)',
        [[bytes(formerRef(email)), bytes(presentRef(email))]],
      );
      expect(rows).toEqual([{ old_ref: bytes(presentRef(email)), new_ref: bytes(formerRef(email)) }]);
    });
  });

  describe('erasure', () => {
    it.each([
      ['the present', presentRef],
      ['a former', formerRef],
    ])('by %s reference takes all, and its tombstone stands under both', async (_which, refOf) => {
      const place = await fixture.place();
      const email = anEmail();
      await fixture.act(signedBefore(place, email), signed(place, email, presentRef(email)));
      await move(email);
      expect(await erased(place.orgId, refOf(email))).toMatchObject({ contacts: 2, supporters: 2 });
      const stones = await tombstones(place.orgId);
      expect([...stones.keys()].sort()).toEqual([formerRef(email), presentRef(email)].sort());
      expect(new Set(stones.values()).size).toBe(1);
      // Accepted before, stored after: under either reference nothing of it is kept.
      const acceptedAt = new Date(Math.min(...stones.values()) - 1).toISOString();
      const late = [formerRef, presentRef].map((of) => signed(place, email, of(email), { acceptedAt }));
      await fixture.act(...late);
      const { rows } = await fixture.sql.query('select 1 from actions.contacts where org_id = $1', [place.orgId]);
      expect(rows).toEqual([]);
    });

    it('of before the move holds for the other reference, and takes what the org has there', async () => {
      const place = await fixture.place();
      const email = anEmail();
      await fixture.act(signedBefore(place, email), signed(place, email, presentRef(email)));
      expect(await erased(place.orgId, formerRef(email))).toMatchObject({ contacts: 1 });
      await move(email);
      const stones = await tombstones(place.orgId);
      expect(stones.get(presentRef(email))).toBe(stones.get(formerRef(email)));
      const { rows } = await fixture.sql.query('select 1 from actions.contacts where org_id = $1', [place.orgId]);
      expect(rows).toEqual([]);
    });
  });

  describe('what waits to be published', () => {
    it('under a former reference goes with the move, where the person was erased under the present one', async () => {
      const place = await fixture.place();
      const email = anEmail();
      await fixture.act(signedBefore(place, email));
      await fixture.sql.query(
        `insert into actions.outbox (message_id, lane, exchange, routing_key, type, headers, body, subject_ref, subject_at, claimed_until)
         values ($1, $2, 'deliver', 'k', 't', '{}', 'of somebody', $3, now() - interval '1 minute', now() + interval '1 hour')`,
        [randomUUID(), place.orgId, bytes(formerRef(email))],
      );
      await fixture.sql.query('insert into catalog.erasures (org_id, ref) values ($1, $2)', [
        place.orgId,
        bytes(presentRef(email)),
      ]);
      await move(email);
      const { rows } = await fixture.sql.query('select 1 from actions.outbox where subject_ref = $1', [
        bytes(formerRef(email)),
      ]);
      expect(rows).toEqual([]);
    });
  });

  describe('whoever signs again', () => {
    it('is joined with a former self that nobody can read any more', async () => {
      const place = await fixture.place();
      const email = anEmail();
      const before = unreadable(signedBefore(place, email));
      await fixture.act(before);
      const again = signed(place, email, presentRef(email), { recipe: present.id, formerRefs: [formerRef(email)] });
      await fixture.act(again);
      const rows = await under(presentRef(email), formerRef(email));
      expect(rows).toMatchObject([
        { id: await supporterOf(before), ref: presentRef(email), rank: 0 },
        { id: await supporterOf(again), ref: presentRef(email), rank: 1 },
      ]);
      await deltasAreExact();
    });

    it('with nobody behind a former reference leaves no trace of it', async () => {
      const place = await fixture.place();
      const email = anEmail();
      await fixture.act(
        signed(place, email, presentRef(email), { recipe: present.id, formerRefs: [formerRef(email)] }),
      );
      const { rows } = await fixture.sql.query('select 1 from actions.reference_aliases where old_ref = $1', [
        bytes(formerRef(email)),
      ]);
      expect(rows).toEqual([]);
    });
  });

  describe('the job', () => {
    const stateOf = async (email: string) => ({
      before: (await under(formerRef(email))).length,
      now: (await under(presentRef(email))).length,
    });

    it('moves whom it can read, says how many it cannot, and has everything counted again', async () => {
      const place = await fixture.place();
      const emails = Array.from({ length: 12 }, anEmail);
      const [lost, current, forgotten] = [anEmail(), anEmail(), anEmail()];
      const twice = emails[0]!;
      await fixture.act(
        ...emails.map((email) => signedBefore(place, email)),
        unreadable(signedBefore(place, twice)),
        unreadable(signedBefore(place, lost)),
        signed(place, current, presentRef(current)),
        signed(place, forgotten, encodeRef(new ReferenceRecipe('nobody knows').refOf(forgotten))),
      );
      const first = await ended(await begin());
      for (const email of emails) expect(await stateOf(email)).toEqual({ before: 0, now: email === twice ? 2 : 1 });
      expect(await stateOf(lost)).toEqual({ before: 1, now: 0 });
      expect(first['recalculated']).toBeGreaterThanOrEqual(13);
      expect(first['unchanged']).toBeGreaterThanOrEqual(1);
      expect(first['unreadable']).toBeGreaterThanOrEqual(2);
      const requests = await fixture.vhost.drain(requestQueue('stats-service'));
      expect(requests.map(({ content }) => JSON.parse(content.toString()) as object)).toEqual([
        expect.objectContaining({ schema: 'groundswell:request:1', kind: 'recount' }),
      ]);
      // Again there is nothing to be done; the same are left.
      expect(await ended(await begin())).toEqual({
        looked: first['looked'],
        recalculated: 0,
        unchanged: 0,
        unreadable: first['unreadable'],
      });
      await deltasAreExact();
    });

    it('ends where an earlier release stored somebody under a former reference again, each asked for once', async () => {
      const place = await fixture.place();
      const email = anEmail();
      await fixture.act(signedBefore(place, email));
      await move(email);
      await storedByEarlierRelease(place, email);
      expect((await ended(await begin()))['recalculated']).toBe(1);
      expect(await stateOf(email)).toEqual({ before: 0, now: 2 });
    });

    it('reads the instance org’s own records, and no other org’s', async () => {
      const place = await fixture.place();
      const envelope = SecretEnvelope.fromText(envelopeKey);
      const [pair, stranger] = [generateKeyPair(), generateKeyPair()];
      const { rows: instances } = await fixture.sql.query<{ id: string }>(
        `insert into catalog.orgs (name, title) values ('instance', 'Instance')
         on conflict (name) do update set title = excluded.title returning id`,
      );
      const instanceId = Number(instances[0]?.id);
      const aKey = async (orgId: number, { public: half, private: secret }: typeof pair) => {
        const { rows } = await fixture.sql.query<{ id: string }>(
          `insert into catalog.public_keys (org_id, name, public, private, active) values ($1, 'k', $2, $3, true) returning id`,
          [orgId, half, envelope.seal(secret)],
        );
        return Number(rows[0]?.id);
      };
      const [instanceKey, orgKey] = [await aKey(instanceId, pair), await aKey(place.orgId, stranger)];
      const sealedFor = (orgId: number, keyId: number, half: Buffer, email: string) => {
        const box = new ContactBox(pair.private).encrypt(half, JSON.stringify({ email, firstName: 'H' }));
        const contact = unreadable(signedBefore(place, email));
        const record = { ...aContact(place).contacts[0]!, orgId, encryptKeyId: keyId, signKeyId: instanceKey };
        const sealed = { payload: box.payload.toString('base64url'), nonce: box.nonce.toString('base64url') };
        return { ...contact, contacts: [{ ...record, ...sealed }] };
      };
      const [mine, theirs] = [anEmail(), anEmail()];
      await fixture.act(
        sealedFor(instanceId, instanceKey, pair.public, mine),
        sealedFor(place.orgId, orgKey, stranger.public, theirs),
      );
      await ended(await begin());
      expect(await stateOf(mine)).toEqual({ before: 0, now: 1 });
      expect(await stateOf(theirs)).toEqual({ before: 1, now: 0 });
    });

    it('gives guests with follow-up items their present reference', async () => {
      const place = await fixture.place();
      const email = anEmail();
      await fixture.sql.query(
        `insert into actions.followup_items (org_id, kind, volunteer_email, volunteer_ref, assigned_at)
         values ($1, 1, $2, $3, now())`,
        [place.orgId, email, former.refOf(email)],
      );
      await ended(await begin());
      const { rows } = await fixture.sql.query(
        'select volunteer_ref as ref from actions.followup_items where org_id = $1',
        [place.orgId],
      );
      expect(rows).toEqual([{ ref: present.refOf(email) }]);
    });

    it('is one at a time', async () => {
      await fixture.sql.query(
        `insert into actions.job_pauses (type, paused_by) values ('recalculate-references', 'test')`,
      );
      const ids = [await begin(), await begin()];
      await fixture.sql.query(`delete from actions.job_pauses where type = 'recalculate-references'`);
      expect(ids[0]).toBe(ids[1]);
      await ended(ids[0]!);
    });

    it('goes on where a process was stopped, and moves everybody once', async () => {
      const place = await fixture.place();
      const emails = Array.from({ length: 30 }, anEmail);
      await fixture.act(...emails.map((email) => signedBefore(place, email)));
      // The commands cannot be carried out: the job waits for them, and is stopped there.
      const blocker = new Client({ connectionString: fixture.database.urls.owner });
      await blocker.connect();
      await blocker.query('begin; lock table actions.reference_aliases in share mode');
      const jobId = await begin();
      await waitFor(async () => {
        const { rows } = await fixture.sql.query(
          `select (cursor->>'moving')::int as n from actions.jobs where id = $1`,
          [jobId],
        );
        return rows[0]?.n >= emails.length;
      });
      const closing = app.close();
      fixture.apps.splice(fixture.apps.indexOf(app), 1);
      await blocker.query('rollback');
      await blocker.end();
      await closing;
      app = await fixture.start(settings);
      const result = await ended(jobId);
      expect(result['recalculated']).toBe(emails.length);
      for (const email of emails) expect(await stateOf(email)).toEqual({ before: 0, now: 1 });
      await deltasAreExact();
    });
  });
});
