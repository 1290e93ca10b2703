import { createTestDatabase, type TestDatabase } from '@groundswell/testing';
import { ReconcileUnknownTask } from '../../src/events/reconciling/reconcile-unknown.task';
import { WrittenLog, type MockEvent } from '../providers/mailgun-mock';
import type { TestMail } from './event-fixture';
import { LoopsFixture, type PolledDomain } from './loops-fixture';

const minutes = 60_000;
let fixture: LoopsFixture;
let domain: PolledDomain;
let mails: TestMail[];
let log: WrittenLog;

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  fixture = await LoopsFixture.create(database);
  fixture.nowMs = Date.now();
  domain = await fixture.written('asked.test', 3);
  mails = domain.mails;
  log = domain.log as WrittenLog;
  await fixture.sql.query(`update catalog.services set updated_at = now() - interval '3 days'`);
  await calledAgo('45 minutes');
});
afterEach(() => fixture.close());
afterAll(() => database.drop());

/** All calls were made then, and nobody knows how they ended. */
const calledAgo = (ago: string, ids = mails.map(({ id }) => id)) =>
  fixture.sql.query(
    `update mail.deliveries set state = 'unknown', created_at = now() - $2::interval - interval '1 minute',
            updated_at = now() - $2::interval, recipient = '{"email": "x@example.org"}', claimed_by = 'gone'
      where id = any($1)`,
    [ids, ago],
  );

const accepted = (mail: TestMail | undefined, agoMinutes = 45): MockEvent => ({
  id: `a${mail?.id}`,
  type: 'accepted',
  us: (fixture.nowMs - agoMinutes * minutes) * 1000,
  visibleMs: 0,
  recipient: mail?.address ?? '',
  deliveryId: mail?.id ?? null,
  messageId: `${mail?.id}@asked.test`,
});

async function ask(): Promise<void> {
  const { database, sources } = await fixture.process();
  const logger = { warn: (fields: object) => void fixture.warnings.push(fields) } as never;
  await new ReconcileUnknownTask(database, sources, logger, 1_000).run();
}
const states = () =>
  fixture.events.rows(
    `select state, provider_message_id as "messageId", error, recipient is null as "isBare", claimed_by as "claimedBy"
       from mail.deliveries order by id`,
  );
const sent = (mail: TestMail | undefined) => ({
  state: 'sent',
  messageId: `${mail?.id}@asked.test`,
  error: null,
  isBare: true,
});
const queued = {
  state: 'queued',
  messageId: null,
  error: 'queued again: the provider never accepted it',
  isBare: false,
  claimedBy: null,
};
const unknown = { state: 'unknown', isBare: false, claimedBy: 'gone' };

it('what the provider accepted was sent, what it never did is queued again', async () => {
  log.add(accepted(mails[0]));
  log.add(accepted(mails[2], 44));
  await ask();
  expect(await states()).toMatchObject([sent(mails[0]), queued, sent(mails[2])]);
  await ask();
  expect(await states()).toMatchObject([sent(mails[0]), queued, sent(mails[2])]);
});

it('what was of somebody erased since is not queued again', async () => {
  await fixture.sql.query('update mail.deliveries set recipient = null, variables = null where id = $1', [
    mails[1]?.id,
  ]);
  log.add(accepted(mails[0]));
  await ask();
  expect(await states()).toMatchObject([sent(mails[0]), { state: 'failed', error: 'erased' }, queued]);
});

it.each([
  ['the provider may still show up with it', () => calledAgo('20 minutes')],
  ['the call was made yesterday', () => calledAgo('30 hours')],
  ['the account was changed since', () => fixture.sql.query('update catalog.services set updated_at = now()')],
  ['the provider does not answer', () => fixture.mock.mishap({ kind: 'reset' })],
  ['the provider answers something else', () => fixture.mock.answerNext(200, 'nothing')],
  ['an event cannot be read', () => log.addRaw((fixture.nowMs - 45 * minutes) * 1000, { event: 'accepted' })],
  ['it is part of a batch', () => fixture.sql.query('update mail.deliveries set batch_id = 1')],
])('leaves all as it is when %s', async (_, arrange) => {
  await Promise.resolve(arrange());
  await ask();
  expect(await states()).toMatchObject([unknown, unknown, unknown]);
});

it('changes no row that somebody settled meanwhile', async () => {
  const { database, sources } = await fixture.process();
  const settling: typeof sources = Object.create(sources);
  settling.open = async (id) => {
    await fixture.sql.query(`update mail.deliveries set updated_at = now() where id = $1`, [mails[1]?.id]);
    return sources.open(id);
  };
  await new ReconcileUnknownTask(database, settling, { warn: () => undefined } as never, 1_000).run();
  expect(await states()).toMatchObject([queued, unknown, queued]);
});
