import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { Database } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import { OrphanContentRepository } from '../../src/removal/orphan-content.repository';
import { RemoveSentTestsTask } from '../../src/removal/remove-sent-tests.task';
import { aContact, IngestFixture } from './ingest-fixture';

interface Given {
  /** Of its action. */
  testing?: boolean;
  status?: number;
  hoursAgo?: number;
  /** What mtt-service says of it; null: nothing. */
  state?: string | null;
  isTestOfMtt?: boolean;
  /** Another message's, else its own. */
  contentId?: number;
}

describe('the purge of sent tests (email-and-mtt.md §5.8)', () => {
  let fixture: IngestFixture;
  let other: Client;
  const logged: object[] = [];

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    await fixture.start();
    other = new Client({ connectionString: fixture.database.urls.owner });
    await other.connect();
  });
  afterAll(async () => {
    await other.end();
    await fixture.close();
  });
  afterEach(() => other.query('rollback'));
  beforeEach(async () => {
    await fixture.sql.query(
      'truncate actions.messages, actions.message_contents, mtt.message_states restart identity cascade',
    );
    logged.length = 0;
  });

  const database = () => fixture.apps[0]?.get(Database) as Database;
  const purge = () => new RemoveSentTestsTask(database(), 1_000, { info: (fields) => void logged.push(fields) }).run();
  const insert = async (sql: string, parameters: unknown[] = [], client = fixture.sql): Promise<number> => {
    const { rows } = await client.query<{ id: string }>(`${sql} returning id`, parameters);
    return Number(rows[0]?.id);
  };
  const aContent = (hoursAgo = 48) =>
    insert(
      `insert into actions.message_contents (subject, body, inserted_at) values ('S', 'B', now() - $1 * interval '1 hour')`,
      [hoursAgo],
    );
  const anAction = ({ testing = true, status = 4, hoursAgo = 25 }: Given = {}) =>
    insert(
      `insert into actions.actions (action_type, campaign_id, action_page_id, with_consent, processing_status, testing, inserted_at)
       values ('register', 1, 1, true, $1, $2, now() - $3 * interval '1 hour')`,
      [status, testing, hoursAgo],
    );
  const giveMessage = (actionId: number, contentId: number, client = fixture.sql) =>
    insert(
      'insert into actions.messages (action_id, message_content_id, target_id) values ($1, $2, $3)',
      [actionId, contentId, randomUUID()],
      client,
    );
  const aMessage = async (given: Given = {}): Promise<number> => {
    const { state = 'sent', isTestOfMtt = given.testing ?? true } = given;
    const actionId = await anAction(given);
    const id = await giveMessage(actionId, given.contentId ?? (await aContent()));
    if (state === null) return id;
    await fixture.sql.query(
      `insert into mtt.message_states (message_id, action_id, campaign_id, target_id, fingerprint, testing, state)
       values ($1, $2, 1, $3, '\\x01', $4, $5)`,
      [id, actionId, randomUUID(), isTestOfMtt, state],
    );
    return id;
  };
  const idsOf = async (table: string): Promise<number[]> => {
    const { rows } = await fixture.sql.query<{ id: number }>(`select id::int as id from actions.${table} order by id`);
    return rows.map(({ id }) => id);
  };
  const left = async () => [(await idsOf('messages')).length, (await idsOf('message_contents')).length];

  it.each(['sent', 'cancelled'])('takes a %s test a day after its action, with its content', async (state) => {
    await aMessage({ state });
    await purge();
    expect(await left()).toEqual([0, 0]);
    expect(logged).toEqual([{ messages: 1, contents: 1 }]);
    expect(await idsOf('actions')).not.toEqual([]);
  });

  it.each<[string, Given]>([
    ['is no test', { testing: false }],
    ['is no test, though mtt-service says so', { testing: false, isTestOfMtt: true }],
    ['is a test, but mtt-service took it for none', { isTestOfMtt: false }],
    ['is of an action not delivered', { status: 3 }],
    ['is younger than a day', { hoursAgo: 23.9 }],
    ['mtt-service knows nothing of', { state: null }],
    ...['pending', 'sending', 'failed', 'unknown'].map((state): [string, Given] => [`is ${state}`, { state }]),
  ])('leaves what %s', async (_name, given) => {
    const id = await aMessage(given);
    await purge();
    expect([await idsOf('messages'), (await left())[1]]).toEqual([[id], 1]);
    expect(logged).toEqual([]);
  });

  it('leaves a content that another message of the action has', async () => {
    const contentId = await aContent();
    await aMessage({ contentId });
    const kept = await aMessage({ contentId, state: 'failed' });
    await purge();
    expect([await idsOf('messages'), await idsOf('message_contents')]).toEqual([[kept], [contentId]]);
  });

  it('takes contents no message ever had, a day old', async () => {
    await aContent(25);
    const young = await aContent(23.9);
    await purge();
    expect(await idsOf('message_contents')).toEqual([young]);
  });

  it('takes more than one batch, side by side', async () => {
    await fixture.sql.query(
      `with n as (select n from generate_series(1, 1300) n),
            content as (insert into actions.message_contents (subject, inserted_at)
                        select 'S', now() - interval '2 days' from n returning id),
            action as (insert into actions.actions (action_type, campaign_id, action_page_id, with_consent, processing_status,
                                                    testing, inserted_at)
                       values ('register', 1, 1, true, 4, true, now() - interval '2 days') returning id),
            message as (insert into actions.messages (action_id, message_content_id, target_id)
                        select action.id, content.id, gen_random_uuid() from content, action returning *)
       insert into mtt.message_states (message_id, action_id, campaign_id, target_id, fingerprint, testing, state)
       select id, action_id, 1, target_id, '\\x01', true, 'sent' from message where id % 13 <> 0`,
    );
    await Promise.all([purge(), purge()]);
    await purge();
    expect(await left()).toEqual([100, 100]);
    const counts = logged as { messages: number; contents: number }[];
    expect(counts.reduce((sum, { messages }) => sum + messages, 0)).toBe(1_200);
    expect(counts.reduce((sum, { contents }) => sum + contents, 0)).toBe(1_200);
  });

  describe('while a message is stored to an old content', () => {
    it('before it is committed: the content stays, and nobody waits', async () => {
      const [actionId, contentId] = [await anAction({ hoursAgo: 0 }), await aContent()];
      await other.query('begin');
      await giveMessage(actionId, contentId, other);
      await purge();
      await other.query('commit');
      expect([await left(), logged]).toEqual([[1, 1], []]);
      await purge();
      expect(await idsOf('message_contents')).toEqual([contentId]);
    });

    it('just after the content was found without one: it stays', async () => {
      const [actionId, contentId] = [await anAction({ hoursAgo: 0 }), await aContent()];
      const found = await database().run((manager) => new OrphanContentRepository(manager).findAfter(0, 10));
      expect(found.ids).toEqual([contentId]);
      await giveMessage(actionId, contentId, other);
      const removed = await database().transaction(async (manager) => {
        const contents = new OrphanContentRepository(manager);
        return contents.remove(await contents.lock(found.ids));
      });
      expect([removed, await idsOf('message_contents')]).toEqual([0, [contentId]]);
    });

    it('once it is being removed: whoever stores waits, and is told that it is gone', async () => {
      const [actionId, contentId] = [await anAction({ hoursAgo: 0 }), await aContent()];
      let storing: Promise<unknown> = Promise.resolve();
      await database().transaction(async (manager) => {
        const contents = new OrphanContentRepository(manager);
        const locked = await contents.lock([contentId]);
        storing = giveMessage(actionId, contentId, other).catch(({ code }: { code: string }) => code);
        await waitFor(async () => {
          const { rows } = await fixture.sql.query(
            `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          );
          return rows.length === 1;
        });
        expect(await contents.remove(locked)).toBe(1);
      });
      expect(await storing).toBe('23503');
      expect(await left()).toEqual([0, 0]);
    });
  });

  it('leaves contents of messages that are being stored, however often it runs', async () => {
    const place = await fixture.place();
    const mtt = () => ({ subject: 'Dear', body: 'do it', targetIds: [randomUUID(), randomUUID()], files: [] });
    const contacts = Array.from({ length: 300 }, () => aContact(place, { action: { testing: true, mtt: mtt() } }));
    // Also those stored at this moment count as old.
    await fixture.sql.query(
      `alter table actions.message_contents alter column inserted_at set default now() - interval '2 days'`,
    );
    let isStored = false;
    const storing = fixture.act(...contacts).then(() => (isStored = true));
    while (!isStored) await purge();
    await storing;
    await fixture.sql.query('alter table actions.message_contents alter column inserted_at set default now()');
    expect([await left(), logged]).toEqual([[600, 300], []]);
  });

  it('is a job of the service', async () => {
    await aMessage();
    await fixture.start({ REMOVE_TESTS_INTERVAL: '100' });
    await waitFor(async () => (await left()).every((count) => count === 0));
  });
});
