import { emailStatusCode } from '@groundswell/domain';
import { Database } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import { AwaitingMessageRepository } from '../../src/awaiting/awaiting-message.repository';
import { MailoutPeopleRepository } from '../../src/mailouts/mailout-people.repository';
import { MailoutRepository } from '../../src/mailouts/mailout.repository';
import { MailoutWorld, type Signed, type World } from './mailout-world';

const optedIn = emailStatusCode('double_opt_in');
const unsubscribed = emailStatusCode('unsub');

describe('mailouts where double opt-in is required (background-jobs.md §5.1)', () => {
  let world: MailoutWorld;

  beforeAll(async () => {
    world = await MailoutWorld.start();
  });
  afterAll(() => world.fixture.close());

  const required = { doubleOptIn: { required: true } };
  const built = async (at: World, segment: object = {}): Promise<string> => {
    const name = await world.aMailout(at, segment);
    await world.change(at, name, 'start');
    await world.inState(name, 'sending');
    return name;
  };
  const refs = (people: readonly { contactRef: string }[]): string[] =>
    people.map(({ contactRef }) => contactRef).sort();

  const askedTimes = async ({ ref }: Signed): Promise<number> => {
    const [row] = await world.query<{ asked: number }>('select asked from notify.opt_in_requests where ref = $1', [
      ref,
    ]);
    return row?.asked ?? 0;
  };
  const tomorrow = () =>
    world.query(`update notify.opt_in_requests set last_asked_at = last_asked_at - interval '1 day'`);

  it('asks once a day and three times in all, then sends what waited, in order', async () => {
    const at = await world.aWorld(required);
    const [ready, later] = [await world.signed(at), await world.signed(at)];
    await world.statusOf(ready, optedIn);
    const names = [await built(at), await built(at)];
    const ids = await Promise.all(names.map((name) => world.id(name)));
    expect(refs(await world.recipients(`mailout:${ids[0]}`))).toEqual([ready.contactRef]);
    expect((await world.fates(names[0]!)).get(later.contactRef)).toBe('awaiting_opt_in');
    for (const times of [1, 2, 3]) {
      await waitFor(async () => (await askedTimes(later)) === times);
      await world.afterJob('ask-opt-in');
      expect(await askedTimes(later)).toBe(times);
      await tomorrow();
    }
    await world.afterJob('ask-opt-in');
    const asked = await world.recipients(`opt-in:${at.orgId}`);
    // An account that rests for days must not ask several times at once.
    for (const message of await world.tell()) {
      if (message.schema !== 'groundswell:mailing-content:1' || !message.purpose.startsWith('opt-in:')) continue;
      expect(Date.parse(message.notAfter ?? '')).toBeLessThanOrEqual(Date.now() + 86_400_000);
    }
    expect(refs(asked)).toEqual([later.contactRef, later.contactRef, later.contactRef]);
    expect(asked[0]?.variables['doiLink']).toBe(`https://campaigns.test/link/d/${later.actionId}/${later.contactRef}`);
    await world.statusOf(later, optedIn);
    await waitFor(async () => Number((await world.row(names[1]!))['awaiting']) === 0);
    const released = (await world.tell()).filter(({ purpose }) => purpose.includes(':opted-in:'));
    const order = released.flatMap((message) =>
      'recipients' in message && Array.isArray(message.recipients) ? [message.purpose] : [],
    );
    expect(order.map((purpose) => purpose.split(':')[1])).toEqual(ids.map(String));
    expect(await world.row(names[0]!)).toMatchObject({ handed_over: 2, awaiting: 0 });
    await world.afterJob('release-awaiting');
    expect(refs(await world.recipients(`mailout:${ids[0]}`))).toEqual(refs([ready, later]));
  });

  it('keeps five messages for a person, for 30 days, and none for who unsubscribes', async () => {
    const at = await world.aWorld(required);
    const [gone, late] = [await world.signed(at), await world.signed(at)];
    const names: string[] = [];
    for (let n = 0; n < 6; n += 1) names.push(await built(at));
    expect((await world.fates(names[0]!)).get(late.contactRef)).toBe('too many waiting');
    expect(
      await world.fixture.count(`notify.awaiting_messages where org_id = ${at.orgId} and state = 'awaiting'`),
    ).toBe(10);
    await world.statusOf(gone, unsubscribed);
    await world.query(
      `update notify.awaiting_messages set kept_at = kept_at - interval '31 days' where ref = $1 and state = 'awaiting'`,
      [late.ref],
    );
    await waitFor(
      async () =>
        (await world.fixture.count(`notify.awaiting_messages where org_id = ${at.orgId} and state = 'awaiting'`)) === 0,
    );
    const fates = await world.fates(names[5]!);
    expect(fates.get(gone.contactRef)).toBe('unsubscribed');
    expect(fates.get(late.contactRef)).toBe('not opted in');
    expect(await world.row(names[5]!)).toMatchObject({ left_out: 2, awaiting: 0, handed_over: 0 });
  });

  describe('has figures that agree with its people', () => {
    const noAccount = (at: World) =>
      world.query('update catalog.orgs set email_backend_id = null where id = $1', [at.orgId]);
    const people = async (name: string) => {
      const rows = await world.query<{ state: string; n: number }>(
        `select state, count(*)::int as n from notify.mailout_people where mailout_id = $1 group by state`,
        [await world.id(name)],
      );
      return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
    };

    it('of who is erased while the mail waits', async () => {
      const at = await world.aWorld(required);
      const [stays, erased] = [await world.signed(at), await world.signed(at)];
      const name = await built(at);
      await world.query('insert into catalog.erasures (org_id, ref, erased_at) values ($1, $2, now())', [
        at.orgId,
        erased.ref,
      ]);
      // As if no release had been looked for since.
      await world.app.get(Database).transaction((manager) => new MailoutPeopleRepository(manager).forget());
      expect([...(await world.fates(name)).keys()]).toEqual([stays.contactRef]);
      await world.afterJob('release-awaiting');
      expect(await people(name)).toEqual({ awaiting_opt_in: 1, left_out: 1 });
      expect(await world.row(name)).toMatchObject({ awaiting: 1, left_out: 1, candidates: 2 });
      expect(await world.fixture.count(`notify.awaiting_messages where org_id = ${at.orgId}`)).toBe(1);
    });

    it('of who is asked by two at once: once', async () => {
      const at = await world.aWorld(required);
      await world.signed(at);
      const name = await built(at);
      await noAccount(at);
      await world.afterJob('ask-opt-in');
      await world.query(`delete from notify.opt_in_requests where org_id = $1`, [at.orgId]);
      const take = (asked?: () => Promise<unknown>) =>
        world.app.get(Database).transaction(async (manager) => {
          const taken = await new AwaitingMessageRepository(manager).takeUnasked([at.orgId], {
            after: 0,
            through: 1e9,
          });
          await asked?.();
          return taken.length;
        });
      for (const expected of [1, 0]) {
        let second: Promise<number> | undefined;
        const first = await take(async () => {
          second = take();
          const waiting = `pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
          if (expected === 1) await waitFor(async () => (await world.fixture.count(waiting)) > 0);
        });
        expect([first, await second]).toEqual([expected, 0]);
      }
      expect(await people(name)).toEqual({ awaiting_opt_in: 1 });
    });

    it('of one that is stopped while its messages are released: neither waits for the other', async () => {
      const at = await world.aWorld(required);
      await world.signed(at);
      const name = await built(at);
      const mailoutId = await world.id(name);
      const database = world.app.get(Database);
      let released: Promise<unknown> | undefined;
      await database.transaction(async (manager) => {
        await new MailoutRepository(manager).lock(mailoutId);
        const awaiting = new AwaitingMessageRepository(manager);
        const ids = await awaiting.ofMailout(mailoutId);
        released = database.transaction((other) => new AwaitingMessageRepository(other).end(ids, 'released', null));
        const blocked = `pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
        await waitFor(async () => (await world.fixture.count(blocked)) > 0);
        expect(await awaiting.end(ids, 'canceled', 'stopped')).toEqual(ids);
      });
      expect(await released).toEqual([]);
      expect(await world.row(name)).toMatchObject({ awaiting: 0, left_out: 1, handed_over: 0 });
    });

    it('of a complete one that is stopped while what was released is under way', async () => {
      const at = await world.aWorld(required);
      const later = await world.signed(at);
      const name = await built(at);
      const purpose = `mailout:${await world.id(name)}`;
      await world.query(`insert into mail.mailings (purpose, org_id, state) values ($1, $2, 'submitted')`, [
        purpose,
        at.orgId,
      ]);
      await world.inState(name, 'complete');
      await world.statusOf(later, optedIn);
      await waitFor(async () => (await people(name))['handed_over'] === 1);
      expect(await world.change(at, name, 'stop')).toEqual({ outcome: 'changed' });
      expect(await world.row(name)).toMatchObject({ state: 'stopped', handed_over: 1, awaiting: 0 });
    });
  });
});
