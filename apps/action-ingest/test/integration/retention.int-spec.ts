import { randomUUID } from 'node:crypto';
import { waitFor } from '@groundswell/testing';
import { aContact, anAction, IngestFixture, newRef, type Place } from './ingest-fixture';

interface Asked {
  campaignId?: number | null;
  mode?: string;
  months?: number | null;
  isDry?: boolean;
}
interface Run {
  contacts: number;
  supporters: number;
  error: string | null;
  isDry: boolean;
}
interface Signature {
  id: string;
  ref: string;
}

/** Older than any rule here says. */
const longAgo = 36;

describe('retention (email-and-mtt.md §3.4)', () => {
  let fixture: IngestFixture;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    await fixture.start({ RETENTION_POLL_MS: '50', RETENTION_INTERVAL: '200' });
  });
  afterAll(() => fixture.close());

  const sql = (text: string, parameters: unknown[] = []) => fixture.sql.query(text, parameters);
  const monthsAgo = async (column: string, table: string, id: number, months: number | null) => {
    await sql(`update ${table} set ${column} = now() - $2 * interval '1 month' where id = $1`, [id, months]);
  };
  const close = async (campaignId: number, endedMonthsAgo: number | null = longAgo, status = 2) => {
    await sql('update catalog.campaigns set status = $2 where id = $1', [campaignId, status]);
    await monthsAgo('end_date', 'catalog.campaigns', campaignId, endedMonthsAgo);
  };
  const age = async (submission: { id: string }, months = longAgo) =>
    monthsAgo('inserted_at', 'actions.actions', (await fixture.actionOf(submission)).id, months);

  /** An org whose campaign ended long ago. */
  const anOldPlace = async (lead?: Place): Promise<Place> => {
    const place = await fixture.place({}, {}, lead);
    if (!lead) await close(place.campaignId);
    return place;
  };
  /** Somebody signed long ago. Records of the page's org, and of these. */
  const anOldSignature = async (place: Place, ref = newRef(), others: number[] = []): Promise<Signature> => {
    const contact = aContact(place, { ref });
    const [own] = contact.contacts;
    if (!own) throw new Error('no record');
    await fixture.act({ ...contact, contacts: [own, ...others.map((orgId) => ({ ...own, orgId }))] });
    await age(contact);
    return contact;
  };
  const ask = async ({ orgId }: { orgId: number }, asked: Asked = {}): Promise<number> => {
    const { campaignId = null, mode = 'remove_pii', isDry = false } = asked;
    const months = 'months' in asked ? asked.months : 24;
    const { rows } = await sql(
      `insert into actions.retention_runs (org_id, campaign_id, mode, months, is_dry, asked_by)
       values ($1, $2, $3, $4, $5, 'test') returning id::int`,
      [orgId, campaignId, mode, months, isDry],
    );
    return rows[0].id as number;
  };
  const finished = (id: number): Promise<Run> =>
    waitFor(async () => {
      const { rows } = await sql(
        `select contacts, supporters, error, is_dry as "isDry" from actions.retention_runs
          where id = $1 and finished_at is not null`,
        [id],
      );
      return rows[0] as Run | undefined;
    });
  const clean = async (place: { orgId: number }, asked: Asked = {}) => {
    const { contacts, supporters, error } = await finished(await ask(place, asked));
    return { contacts, supporters, error };
  };
  const recordsOf = async (orgId: number): Promise<number> => {
    const { rows } = await sql('select count(*)::int as n from actions.contacts where org_id = $1', [orgId]);
    return rows[0].n as number;
  };
  const copyOf = async (signature: Signature) => {
    const { rows } = await sql(
      `select s.first_name as name, s.area from actions.submissions u join actions.actions a on a.id = u.action_id
         join actions.supporters s on s.id = a.supporter_id where u.id = $1`,
      [signature.id],
    );
    return rows[0] as { name: string | null; area: string | null };
  };
  const nothing = { contacts: 0, supporters: 0, error: null };

  it('remove_pii removes the record and the clear copy, and leaves action and area', async () => {
    const place = await anOldPlace();
    const signature = await anOldSignature(place);
    expect(await clean(place, { isDry: true })).toEqual({ contacts: 1, supporters: 1, error: null });
    expect([await recordsOf(place.orgId), await copyOf(signature)]).toEqual([1, { name: 'Harald', area: 'PL' }]);
    expect(await clean(place)).toEqual({ contacts: 1, supporters: 1, error: null });
    expect([await recordsOf(place.orgId), await copyOf(signature)]).toEqual([0, { name: null, area: 'PL' }]);
    expect(await fixture.actionOf(signature)).toMatchObject({ status: 4, supporterStatus: 3, rank: 0 });
    expect(await clean(place)).toEqual(nothing);
  });

  it('takes the files that came with actions, of whom the org of the page has no record left', async () => {
    const place = await anOldPlace();
    const attach = async (signature: Signature) => {
      const { id } = await fixture.actionOf(signature);
      const file = [id, place.orgId, randomUUID(), 'photo.jpg', 'image/jpeg', 1];
      const columns = 'action_id, org_id, object_id, name, type, size';
      await sql(`insert into actions.attachments (${columns}) values ($1, $2, $3, $4, $5, $6)`, file);
      return file[2];
    };
    const gone = await attach(await anOldSignature(place));
    const young = aContact(place);
    await fixture.act(young);
    const kept = await attach(young);
    expect(await clean(place)).toMatchObject({ contacts: 1 });
    const { rows } = await sql('select object_id from actions.attachments where org_id = $1', [place.orgId]);
    expect(rows).toEqual([{ object_id: kept }]);
    const removals = await sql('select key from actions.object_removals where key like $1', [`%${gone}%`]);
    expect(removals.rows.length).toBe(3);
  });

  it('delete_contacts removes the record only', async () => {
    const place = await anOldPlace();
    const signature = await anOldSignature(place);
    const mode = 'delete_contacts';
    expect(await clean(place, { mode, isDry: true })).toEqual({ contacts: 1, supporters: 0, error: null });
    expect(await clean(place, { mode })).toEqual({ contacts: 1, supporters: 0, error: null });
    expect([await recordsOf(place.orgId), await copyOf(signature)]).toEqual([0, { name: 'Harald', area: 'PL' }]);
  });

  it("leaves other orgs' records, and the copy while one of them has one", async () => {
    const lead = await anOldPlace();
    const partner = await anOldPlace(lead);
    const signature = await anOldSignature(partner, newRef(), [lead.orgId]);
    expect(await clean(partner)).toEqual({ contacts: 1, supporters: 0, error: null });
    expect([await recordsOf(lead.orgId), (await copyOf(signature)).name]).toEqual([1, 'Harald']);
    expect(await clean(lead)).toEqual({ contacts: 1, supporters: 1, error: null });
    expect((await copyOf(signature)).name).toBeNull();
  });

  it.each([
    ['is live', longAgo, 1],
    ['is a draft', longAgo, 0],
    ['is ignored', longAgo, 3],
    ['ended lately', 23, 2],
    ['has no end', null, 2],
  ] as const)('keeps everybody while their campaign %s', async (_name, endedMonthsAgo, status) => {
    const place = await anOldPlace();
    await anOldSignature(place);
    await close(place.campaignId, endedMonthsAgo, status);
    expect(await clean(place)).toEqual(nothing);
    expect(await recordsOf(place.orgId)).toBe(1);
  });

  it('keeps whose action is younger, to the month', async () => {
    const place = await anOldPlace();
    const [young, old] = [await anOldSignature(place), await anOldSignature(place)];
    await age(young, 23);
    await age(old, 25);
    expect(await clean(place)).toMatchObject({ contacts: 1 });
    expect((await copyOf(young)).name).toBe('Harald');
    expect(await clean(place, { months: 12 })).toMatchObject({ contacts: 1 });
  });

  it('keeps whose later share is younger, or in a campaign that goes on', async () => {
    const place = await anOldPlace();
    const going = { ...place, campaignId: await fixture.campaign(place.orgId) };
    going.pageId = await fixture.page(place.orgId, going.campaignId);
    const [lately, elsewhere] = [await anOldSignature(place), await anOldSignature(place)];
    const oldShare = anAction(going, elsewhere.ref);
    await fixture.act(anAction(place, lately.ref), oldShare);
    await age(oldShare);
    expect(await clean(place)).toEqual(nothing);
    expect(await recordsOf(place.orgId)).toBe(2);
  });

  describe('of somebody who signed again', () => {
    it('all is kept, also with a campaign given: what is young elsewhere protects', async () => {
      const place = await anOldPlace();
      const going = { ...place, campaignId: await fixture.campaign(place.orgId) };
      going.pageId = await fixture.page(place.orgId, going.campaignId);
      const { ref } = await anOldSignature(place);
      await fixture.act(aContact(going, { ref }));
      expect(await clean(place)).toEqual(nothing);
      expect(await clean(place, { campaignId: place.campaignId })).toEqual(nothing);
      expect(await recordsOf(place.orgId)).toBe(2);
    });

    it('what another org alone knows of protects nothing', async () => {
      const place = await anOldPlace();
      const other = await fixture.place();
      const { ref } = await anOldSignature(place);
      await fixture.act(aContact(other, { ref }));
      expect(await clean(place)).toEqual({ contacts: 1, supporters: 1, error: null });
      expect(await recordsOf(other.orgId)).toBe(1);
    });

    it('both go when both are old', async () => {
      const place = await anOldPlace();
      const { ref } = await anOldSignature(place);
      await anOldSignature(place, ref);
      expect(await clean(place)).toEqual({ contacts: 2, supporters: 2, error: null });
    });
  });

  it('with a campaign takes only who acted in it', async () => {
    const place = await anOldPlace();
    const other = { ...place, campaignId: await fixture.campaign(place.orgId) };
    other.pageId = await fixture.page(place.orgId, other.campaignId);
    await close(other.campaignId);
    const [here, there] = [await anOldSignature(place), await anOldSignature(other)];
    expect(await clean(place, { campaignId: place.campaignId })).toEqual({ contacts: 1, supporters: 1, error: null });
    expect([(await copyOf(here)).name, (await copyOf(there)).name]).toEqual([null, 'Harald']);
  });

  it.each([
    [{ months: 0 }, 'months must be a whole number from 1 to 1200'],
    [{ months: -3 }, 'months must be a whole number from 1 to 1200'],
    [{ months: null }, 'months must be a whole number from 1 to 1200'],
    [{ mode: 'everything' }, 'mode must be delete_contacts or remove_pii'],
    [{ campaignId: 999_999 }, 'no such campaign'],
  ])('%j: %s', async (asked, error) => {
    const place = await anOldPlace();
    await anOldSignature(place);
    expect(await clean(place, asked)).toEqual({ contacts: 0, supporters: 0, error });
    expect(await recordsOf(place.orgId)).toBe(1);
  });

  it('an org nobody knows is an error', async () => {
    expect(await clean({ orgId: 999_999 })).toMatchObject({ error: 'no such org' });
  });

  describe('with mails to targets', () => {
    const error = 'there are unsent mails to targets';
    /** Of a campaign whose window for them ended that many hours ago. */
    const writeToTarget = async (place: Place, windowEndedHoursAgo: number): Promise<Signature> => {
      await sql(
        `insert into catalog.mtt (campaign_id, start_at, end_at)
         values ($1, now() - interval '40 months', now() - $2 * interval '1 hour') on conflict (campaign_id) do nothing`,
        [place.campaignId, windowEndedHoursAgo],
      );
      const mtt = { subject: 'Dear', body: 'do it', targetIds: [randomUUID()], files: [] };
      const contact = aContact(place, { action: { mtt } });
      await fixture.act(contact);
      await age(contact);
      return contact;
    };
    const setState = async (signature: Signature, state: string, rank: number | null) => {
      await sql(
        `insert into mtt.message_states (message_id, action_id, campaign_id, target_id, fingerprint, state, dupe_rank)
         select m.id, a.id, a.campaign_id, m.target_id, s.fingerprint, $2, $3
           from actions.submissions u join actions.actions a on a.id = u.action_id
           join actions.supporters s on s.id = a.supporter_id join actions.messages m on m.action_id = a.id
          where u.id = $1 on conflict (message_id) do update set state = excluded.state, dupe_rank = excluded.dupe_rank`,
        [signature.id, state, rank],
      );
    };
    const [open, lately, longClosed] = [-1, 23, 25];

    it.each<[string, string | null, number | null, number]>([
      ['waits and has its turn', 'pending', 0, open],
      ['has its turn, which mtt-service will say is over', 'pending', 0, longClosed],
      ['was handed over', 'sending', 0, longClosed],
      ['waits behind another', 'pending', 1, lately],
      ['has an end that nobody knows', 'unknown', 0, lately],
      ['was not delivered', null, null, lately],
    ])('refuses while one %s', async (_name, state, rank, windowEndedHoursAgo) => {
      const place = await anOldPlace();
      const signature = await writeToTarget(place, windowEndedHoursAgo);
      if (state !== null) await setState(signature, state, rank);
      expect(await clean(place, { isDry: true })).toEqual({ contacts: 0, supporters: 0, error });
      expect(await clean(place)).toEqual({ contacts: 0, supporters: 0, error });
      expect(await recordsOf(place.orgId)).toBe(1);
    });

    it.each<[string, string | null, number | null, number]>([
      ['was sent', 'sent', 0, open],
      ['failed', 'failed', 0, open],
      ['was cancelled', 'cancelled', null, open],
      ['waited behind another until the window closed', 'pending', 1, longClosed],
      ['has an end that nobody knows, and the window closed', 'unknown', 0, longClosed],
      ['was never delivered, and the window closed', null, null, longClosed],
    ])('lets go of whose mail %s', async (_name, state, rank, windowEndedHoursAgo) => {
      const place = await anOldPlace();
      const signature = await writeToTarget(place, windowEndedHoursAgo);
      if (state !== null) await setState(signature, state, rank);
      const all = { contacts: 1, supporters: 1, error: null };
      expect([await clean(place, { isDry: true }), await clean(place)]).toEqual([all, all]);
      expect((await copyOf(signature)).name).toBeNull();
    });

    it('goes on once the last of them is sent', async () => {
      const place = await anOldPlace();
      const [first, second] = [await writeToTarget(place, longClosed), await writeToTarget(place, longClosed)];
      await setState(first, 'sent', 0);
      await setState(second, 'sending', 0);
      expect(await clean(place)).toMatchObject({ contacts: 0, error });
      await setState(second, 'sent', 0);
      expect(await clean(place)).toMatchObject({ contacts: 2, error: null });
    });

    it('goes on while unsent ones are of people it keeps: young, or of a campaign that goes on', async () => {
      const place = await anOldPlace();
      const going = { ...place, campaignId: await fixture.campaign(place.orgId) };
      going.pageId = await fixture.page(place.orgId, going.campaignId);
      const [young, elsewhere] = [await writeToTarget(place, open), await writeToTarget(going, open)];
      await age(young, 23);
      await setState(young, 'pending', 0);
      await setState(elsewhere, 'pending', 0);
      await anOldSignature(place);
      expect(await clean(place)).toMatchObject({ contacts: 1, error: null });
      expect(await recordsOf(place.orgId)).toBe(2);
    });

    it('refuses only for the campaign they are of', async () => {
      const place = await anOldPlace();
      const other = { ...place, campaignId: await fixture.campaign(place.orgId) };
      other.pageId = await fixture.page(place.orgId, other.campaignId);
      await close(other.campaignId);
      await writeToTarget(place, open);
      await anOldSignature(other);
      expect(await clean(place)).toEqual({ contacts: 0, supporters: 0, error });
      expect(await clean(place, { campaignId: other.campaignId })).toMatchObject({ contacts: 1, error: null });
      expect(await recordsOf(place.orgId)).toBe(1);
    });
  });

  it('while people sign: whoever signs again keeps all of theirs or loses only the old record', async () => {
    const place = await anOldPlace();
    const going = { ...place, campaignId: await fixture.campaign(place.orgId) };
    going.pageId = await fixture.page(place.orgId, going.campaignId);
    const contacts = Array.from({ length: 300 }, () => aContact(place));
    await fixture.act(...contacts);
    await sql(`update actions.actions set inserted_at = now() - interval '36 months' where campaign_id = $1`, [
      place.campaignId,
    ]);
    const again = contacts.slice(0, 150).map(({ ref }) => aContact(going, { ref }));
    const shares = contacts.slice(150, 200).map(({ ref }) => anAction(going, ref));
    const [run] = await Promise.all([ask(place), fixture.act(...again, ...shares)]);
    const { contacts: removed } = await finished(run);
    const { rows } = await sql(
      `select count(*) filter (where s.campaign_id = $2)::int as old, count(*) filter (where s.campaign_id = $3)::int as young
         from actions.contacts c join actions.supporters s on s.id = c.supporter_id where c.org_id = $1`,
      [place.orgId, place.campaignId, going.campaignId],
    );
    expect(rows[0]).toEqual({ old: 300 - removed, young: 150 });
    expect(removed).toBeGreaterThanOrEqual(100);
    for (const share of shares) expect(await fixture.actionOf(share)).toMatchObject({ status: 4 });
    const { rows: parked } = await sql('select reason from actions.parked');
    expect(parked).toEqual([]);
    // A second run finds nothing it had left over.
    expect(await clean(place)).toEqual(nothing);
  });

  it('goes on behind the records an interrupted run has dealt with, and adds to its counts', async () => {
    const place = await anOldPlace();
    const [first, second] = [await anOldSignature(place), await anOldSignature(place)];
    const { supporterId } = await fixture.actionOf(first);
    const { rows } = await sql(
      `insert into actions.retention_runs (org_id, mode, months, is_dry, asked_by, after_supporter, contacts, supporters)
       values ($1, 'remove_pii', 24, false, 'test', $2, 7, 6) returning id::int`,
      [place.orgId, supporterId],
    );
    expect(await finished(rows[0].id)).toMatchObject({ contacts: 8, supporters: 7, error: null });
    expect([(await copyOf(first)).name, (await copyOf(second)).name]).toEqual(['Harald', null]);
  });

  it('counts each record once, though two services are at it', async () => {
    const place = await anOldPlace();
    const contacts = Array.from({ length: 200 }, () => aContact(place));
    await fixture.act(...contacts);
    await sql(`update actions.actions set inserted_at = now() - interval '36 months' where campaign_id = $1`, [
      place.campaignId,
    ]);
    const second = await fixture.start({ RETENTION_POLL_MS: '20' });
    const twice = async (asked: Asked): Promise<Run[]> => {
      const runs = [await ask(place, asked), await ask(place, asked)];
      // Whoever asks next has the lease.
      await sql(`update actions.leases set expires_at = now() - interval '1 second' where name = 'retention-runs'`);
      return [await finished(runs[0] ?? 0), await finished(runs[1] ?? 0)];
    };
    const all = { contacts: 200, supporters: 200, error: null };
    expect(await twice({ isDry: true })).toMatchObject([all, all]);
    const [one, other] = await twice({});
    expect((one?.contacts ?? 0) + (other?.contacts ?? 0)).toBe(200);
    expect((one?.supporters ?? 0) + (other?.supporters ?? 0)).toBe(200);
    fixture.apps.splice(fixture.apps.indexOf(second), 1);
    await second.close();
  });

  describe('where an org has scheduled it', () => {
    const schedule = async (retention: object) => {
      const place = await anOldPlace();
      await anOldSignature(place);
      await sql('update catalog.orgs set config = $2 where id = $1', [place.orgId, JSON.stringify({ retention })]);
      return place;
    };
    const runsOf = async ({ orgId }: Place, count: number): Promise<Run[]> =>
      waitFor(async () => {
        const { rows } = await sql(
          `select contacts, supporters, error, is_dry as "isDry" from actions.retention_runs
            where org_id = $1 and asked_by = 'schedule' and finished_at is not null order by id limit $2`,
          [orgId, count],
        );
        return rows.length === count && (rows as Run[]);
      });

    it('it first only counts, and removes at the next turn', async () => {
      const place = await schedule({ months: '24' });
      expect(await runsOf(place, 3)).toEqual([
        { contacts: 1, supporters: 1, error: null, isDry: true },
        { contacts: 1, supporters: 1, error: null, isDry: false },
        { contacts: 0, supporters: 0, error: null, isDry: false },
      ]);
      expect(await recordsOf(place.orgId)).toBe(0);
    });

    it.each([
      [{ months: 'two years' }, 'months must be a whole number from 1 to 1200'],
      [{ months: 24, mode: 'all' }, 'mode must be delete_contacts or remove_pii'],
    ])('%j removes nothing', async (retention, error) => {
      const place = await schedule(retention);
      expect(await runsOf(place, 2)).toEqual(Array(2).fill({ contacts: 0, supporters: 0, error, isDry: true }));
      expect(await recordsOf(place.orgId)).toBe(1);
    });
  });
});
