import { ingestQueue, partitionCount, type IngestMessageV1, type PassMarkV1 } from '@groundswell/contracts';
import { uuidV7 } from '@groundswell/crypto';
import { Database } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import { RemoveMarkedTask } from '../../src/removal/remove-marked.task';
import { aContact, aLink, anAction, IngestFixture, newRef, type Place } from './ingest-fixture';

const testing = { action: { testing: true } };
const mark = (passId: number, partition: number): PassMarkV1 => ({
  schema: 'groundswell:command:1',
  id: uuidV7(),
  at: new Date().toISOString(),
  kind: 'pass_mark',
  passId,
  partition,
});

describe('removal', () => {
  let fixture: IngestFixture;
  let place: Place;
  const logged: string[] = [];

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    await fixture.start();
  });
  afterAll(() => fixture.close());
  beforeEach(async () => {
    await fixture.sql.query('delete from catalog.removal_passes');
    place = await fixture.place();
    logged.length = 0;
  });

  const database = () => fixture.apps[0]?.get(Database) as Database;
  const task = () => new RemoveMarkedTask(database(), 1_000, { info: (_fields, text) => void logged.push(text) });
  const remove = () => task().run();

  const markDeleted = ({ orgId, campaignId, pageId }: Place, ...only: ('org' | 'campaign' | 'page')[]) =>
    Promise.all(
      Object.entries({ org: ['orgs', orgId], campaign: ['campaigns', campaignId], page: ['action_pages', pageId] })
        .filter(([kind]) => only.length === 0 || only.includes(kind as 'org'))
        .map(([, [table, id]]) =>
          fixture.sql.query(`update catalog.${table} set deleted_at = now() - interval '2 days' where id = $1`, [id]),
        ),
    );

  /** What the gateway writes once both passes went through. */
  async function settle(isEnded = true): Promise<void> {
    const first = await one<{ id: string }>(
      `insert into catalog.removal_passes (marked_before, ended_at) values (now() - interval '1 day', now()) returning id`,
    );
    await fixture.sql.query(
      `insert into catalog.removal_passes (follows, marked_before, ended_at)
       values ($1, now() - interval '1 day', case when $2::boolean then now() end)`,
      [first.id, isEnded],
    );
  }

  async function one<Row extends object>(sql: string, parameters: unknown[] = []): Promise<Row> {
    const { rows } = await fixture.sql.query<Row>(sql, parameters);
    return rows[0] as Row;
  }
  const count = async (sql: string, ...parameters: unknown[]) =>
    Number((await one<{ n: string }>(`select count(*) as n from ${sql}`, parameters)).n);
  const actionsOn = (pageId: number) => count('actions.actions where action_page_id = $1', pageId);
  const supportersOf = (pageId: number) => count('actions.supporters where action_page_id = $1', pageId);
  const emptied = async (of: Place): Promise<string[]> => {
    const { rows } = await fixture.sql.query<{ kind: string }>(
      `select kind from actions.emptied where (kind, row_id) in (('page', $1), ('campaign', $2), ('org', $3)) order by kind`,
      [of.pageId, of.campaignId, of.orgId],
    );
    return rows.map(({ kind }) => kind);
  };
  const everything = ['campaign', 'org', 'page'];

  const addKey = async (orgId: number) =>
    Number(
      (
        await one<{ id: string }>(
          `insert into catalog.public_keys (org_id, name, public) values ($1, 'key', decode(repeat('ab', 32), 'hex'))
           returning id`,
          [orgId],
        )
      ).id,
    );

  /** A signature with all that hangs on it, a share, and an action nobody signed for. */
  async function testEverything(): Promise<IngestMessageV1[]> {
    const target = '019aa1c0-5f00-7000-8000-0000000000aa';
    const mtt = { subject: 'Bees', body: 'Dear minister', targetIds: [target], files: [] };
    const donation = { schema: null, amount: 500, currency: 'EUR', frequencyUnit: 0, payload: {} };
    const contact = aContact(place, { carriedRef: newRef(), action: { testing: true, mtt, donation } });
    const messages = [contact, anAction(place, contact.ref, testing), anAction(place, newRef(), testing)];
    await fixture.act(...messages);
    return messages;
  }

  it('notes the commands of a pass once, with what came before them in their partition', async () => {
    const contact = aContact(place);
    await fixture.send(contact);
    for (let partition = 0; partition < partitionCount; partition += 1) {
      await fixture.vhost.send(ingestQueue(partition), [mark(77, partition), mark(77, partition)], () => ({
        messageId: uuidV7(),
      }));
    }
    await waitFor(async () => (await count('actions.passed_marks where pass_id = 77')) === partitionCount);
    expect(await fixture.actionOf(contact)).toMatchObject({ status: 4 });
    await waitFor(async () => (await fixture.vhost.drain(ingestQueue(0))).length === 0);
    expect(await count('actions.parked')).toBe(0);
  });

  it('takes testing actions, all that hangs on them and their supporters; no replay makes them again', async () => {
    const contents = await count('actions.message_contents');
    const messages = await testEverything();
    const before = await fixture.deltas();
    await markDeleted(place);
    await settle();
    await remove();
    expect([await actionsOn(place.pageId), await supportersOf(place.pageId)]).toEqual([0, 0]);
    expect(await count('actions.contacts where org_id = $1', place.orgId)).toBe(0);
    expect(await count('actions.supporter_refs where org_id = $1', place.orgId)).toBe(0);
    expect(await count('actions.message_contents')).toBe(contents);
    expect(
      await count('actions.donations d where not exists (select from actions.actions where id = d.action_id)'),
    ).toBe(0);
    expect(await emptied(place)).toEqual(everything);
    expect(await fixture.deltas()).toEqual(before);

    await fixture.send(...messages);
    const later = aContact(await fixture.place());
    await fixture.act(...messages.map(({ ref }) => ({ ...later, id: uuidV7(), ref })));
    expect(await actionsOn(place.pageId)).toBe(0);
  });

  it('waits for both passes', async () => {
    await testEverything();
    await markDeleted(place);
    await remove();
    await settle(false);
    await remove();
    expect([await actionsOn(place.pageId), await emptied(place)]).toEqual([3, []]);
  });

  it('leaves what was marked after the pass began', async () => {
    await testEverything();
    await markDeleted(place);
    await fixture.sql.query('update catalog.action_pages set deleted_at = now() where id = $1', [place.pageId]);
    await settle();
    await remove();
    expect([await actionsOn(place.pageId), await emptied(place)]).toEqual([3, []]);
  });

  it('stores what was accepted before the mark, and keeps it, its page, campaign and org', async () => {
    await testEverything();
    await markDeleted(place);
    const real = aContact(place);
    await fixture.act(real);
    await settle();
    await remove();
    expect([await actionsOn(place.pageId), await supportersOf(place.pageId)]).toEqual([1, 1]);
    expect(await fixture.actionOf(real)).toMatchObject({ status: 4, supporterStatus: 3, rank: 0 });
    expect(await emptied(place)).toEqual([]);
  });

  it('keeps the signature that another action follows, until that goes too', async () => {
    const other = { ...place, pageId: await fixture.page(place.orgId, place.campaignId) };
    const contact = aContact(place, testing);
    await fixture.act(contact);
    await fixture.act(anAction(place, contact.ref, testing), anAction(other, contact.ref));
    const foreign = aContact(other);
    await fixture.act(foreign);
    await fixture.act(anAction(place, foreign.ref, testing));
    await markDeleted(place, 'page');
    await settle();
    await remove();
    expect([await actionsOn(place.pageId), await supportersOf(place.pageId)]).toEqual([1, 1]);
    expect([await actionsOn(other.pageId), await supportersOf(other.pageId)]).toEqual([2, 1]);
    expect(await emptied(place)).toEqual([]);
    await fixture.sql.query('update actions.actions set testing = true where action_page_id = $1', [other.pageId]);
    await markDeleted(other, 'page');
    await remove();
    expect([await actionsOn(place.pageId), await supportersOf(place.pageId)]).toEqual([0, 0]);
    expect([await emptied(place), await emptied(other)]).toEqual([['page'], ['page']]);
  });

  it('removes nothing while a submission is parked, and says so', async () => {
    await testEverything();
    await markDeleted(place);
    await settle();
    await fixture.sql.query(
      `insert into actions.parked (queue, message_id, reason, body) values ($1, 'm1', 'unparsable', '{}')`,
      [ingestQueue(3)],
    );
    await remove();
    expect([await actionsOn(place.pageId), await emptied(place)]).toEqual([3, []]);
    expect(logged).toEqual(['nothing marked is removed while submissions are parked']);
    await fixture.sql.query('delete from actions.parked');
    await remove();
    expect(await emptied(place)).toEqual(everything);
  });

  it('says that an org is empty only once no message waits for it and no contact of anybody names its keys', async () => {
    const elsewhere = await fixture.place();
    const [own, theirs] = [await addKey(place.orgId), await addKey(elsewhere.orgId)];
    const [record] = aContact(elsewhere).contacts;
    const nonce = Buffer.alloc(24, 9).toString('base64url');
    const signed = { ...record!, payload: 'AAAA', nonce, encryptKeyId: theirs, signKeyId: own };
    const contact = aContact(elsewhere, { contacts: [signed] });
    await fixture.act(contact);
    await markDeleted(place);
    await settle();
    await remove();
    expect(await emptied(place)).toEqual(['campaign', 'page']);
    await fixture.sql.query('update actions.contacts set sign_key_id = $1 where org_id = $2', [
      theirs,
      elsewhere.orgId,
    ]);
    const waiting = `insert into actions.outbox (message_id, lane, exchange, routing_key, body, claimed_until)
                     values ('waiting', $1, 'deliver', 'x', '{}', now() + interval '1 hour')`;
    await fixture.sql.query(waiting, [place.orgId]);
    await remove();
    expect(await emptied(place)).toEqual(['campaign', 'page']);
    await fixture.sql.query(`delete from actions.outbox where message_id = 'waiting'`);
    await remove();
    expect(await emptied(place)).toEqual(everything);
  });

  it('drops links that waited for a contact of an org that is going', async () => {
    await fixture.act(aLink(place, newRef(), [newRef()]));
    await markDeleted(place);
    await settle();
    expect(await count('actions.pending_links where org_id = $1', place.orgId)).toBe(1);
    await remove();
    expect(await count('actions.pending_links where org_id = $1', place.orgId)).toBe(0);
  });

  it('may run side by side, beside storing, and again; more than one batch', async () => {
    const elsewhere = { ...place, pageId: await fixture.page(place.orgId, place.campaignId) };
    const contacts = Array.from({ length: 400 }, () => aContact(place, testing));
    await fixture.act(...contacts);
    await fixture.act(...contacts.map(({ ref }) => anAction(place, ref, testing)));
    await markDeleted(place, 'page');
    await settle();
    const shares = contacts.slice(0, 200).map(({ ref }) => anAction(elsewhere, ref));
    await Promise.all([fixture.act(...shares), remove(), remove()]);
    await remove();
    // Each share found its supporter, who then stays with the signature, or none any more, and waits.
    const linked = await count(
      'actions.actions where action_page_id = $1 and supporter_id is not null',
      elsewhere.pageId,
    );
    expect(await actionsOn(elsewhere.pageId)).toBe(200);
    expect([await actionsOn(place.pageId), await supportersOf(place.pageId)]).toEqual([linked, linked]);
  });

  it('forgets its note once the catalogue has no such row', async () => {
    await markDeleted(place, 'page');
    await settle();
    await remove();
    expect(await emptied(place)).toEqual(['page']);
    await fixture.sql.query('delete from catalog.action_pages where id = $1', [place.pageId]);
    await remove();
    expect(await emptied(place)).toEqual([]);
  });

  it('is a job of the service', async () => {
    await testEverything();
    await markDeleted(place);
    await settle();
    await fixture.start({ REMOVE_MARKED_INTERVAL: '100' });
    await waitFor(async () => (await emptied(place)).length === 3);
  });
});
