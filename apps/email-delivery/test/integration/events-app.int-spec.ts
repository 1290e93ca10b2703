import { hash, randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { exchanges, ingestKey, ingestQueue, partitionCount } from '@groundswell/contracts';
import { partitionOfRef } from '@groundswell/crypto';
import { Database } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import { addressHasher } from '../../src/deliveries/address-hash';
import { RecountMailsTask } from '../../src/events/counting/recount-mails.task';
import { eventPages } from '../../src/events/event-tokens';
import type { EventPages } from '../../src/events/mail-event';
import { aFailure, anEvent, minute, type TestMail } from './event-fixture';
import { MailFixture } from './mail-fixture';

const ENVELOPE_KEY = randomBytes(32).toString('base64url');
const hashAddress = addressHasher({ ENVELOPE_KEY });
const orgId = 7;
const ref = hash('sha256', 'jane', 'buffer');
const queue = ingestQueue(partitionOfRef(ref, partitionCount));

let fixture: MailFixture;
let app: NestFastifyApplication;
let pages: EventPages;

beforeAll(async () => {
  fixture = await MailFixture.create();
  const key = ingestKey(partitionOfRef(ref, partitionCount));
  await fixture.vhost.declareExchange(exchanges.ingest, 'direct');
  await fixture.vhost.declareExchange(exchanges.event);
  await fixture.vhost.declareQueue(queue, { exchange: exchanges.ingest, key });
  await fixture.sql.query(
    `insert into topology.queue_sets (scope, version, state, confirmed_at) values ('system', '1', 'confirmed', now())`,
  );
  app = await fixture.start({ ENVELOPE_KEY });
  await app.get(Database).connect(20_000);
  pages = app.get<EventPages>(eventPages);
});
afterAll(() => fixture.close());

async function mail(address: string, mailingId: number | null = null): Promise<TestMail> {
  const { rows } = await fixture.sql.query<{ id: string }>(
    `insert into mail.deliveries (purpose, kind, org_id, state, action_id, ref, address_hash, mailing_id)
     values ($1, 'thank_you', $2, 'sent', 4711, $3, $4, $5) returning id`,
    [`test:${fixture.next()}`, orgId, ref, hashAddress(address), mailingId],
  );
  return { id: Number(rows[0]?.id), address };
}

describe('events in the service', () => {
  it('reach action-ingest when they say something of a supporter', async () => {
    const jane = await mail('jane@example.org');
    expect(await pages.process([aFailure(jane, 'permanent', { recipient: 'Jane@Example.org' })])).toMatchObject({
      permanentFailed: 1,
    });
    const [message] = await waitFor(async () => {
      const messages = await fixture.vhost.drain(queue);
      return messages.length > 0 && messages;
    });
    const command: unknown = JSON.parse(message?.content.toString() ?? '');
    expect(command).toMatchObject({
      kind: 'email_event',
      actionId: 4711,
      event: 'bounce',
      ref: ref.toString('base64url'),
    });
    expect(message?.properties.messageId).toBe((command as { id: string }).id);
    await waitFor(async () => (await fixture.sql.query('select from mail.outbox')).rowCount === 0);
  });

  it('are counted anew where counts are wrong; who has no mail left is forgotten', async () => {
    const { rows } = await fixture.sql.query<{ id: string }>(
      `insert into mail.mailings (purpose, org_id) values ('recounted', $1) returning id`,
      [orgId],
    );
    const mailingId = Number(rows[0]?.id);
    const joe = await mail('joe@example.org', mailingId);
    await pages.process([anEvent(joe, 'delivered'), anEvent(joe, 'opened', { at: minute(4) })]);
    await fixture.sql.query('update mail.mailings set delivered_count = 9, opened_count = 0, failed_count = 3');
    await fixture.sql.query('update mail.contact_seen set mails = 70, opened = 60');
    await fixture.sql.query(
      `insert into mail.contact_seen (org_id, ref, mails) select $1, sha256(n::text::bytea), 3 from generate_series(1, 2500) n`,
      [orgId],
    );
    const warnings: object[] = [];
    const logger = { warn: (fields: object) => warnings.push(fields), info: () => undefined };
    const recount = new RecountMailsTask(app.get(Database), logger as never, 1_000);
    await recount.run();
    const counts = await fixture.sql.query(
      'select delivered_count, opened_count, clicked_count, failed_count from mail.mailings where id = $1',
      [mailingId],
    );
    expect(counts.rows).toEqual([{ delivered_count: 1, opened_count: 1, clicked_count: 0, failed_count: 0 }]);
    const contacts = await fixture.sql.query('select ref, mails, opened, last_seen_at from mail.contact_seen');
    expect(contacts.rows).toEqual([{ ref, mails: 1, opened: 1, last_seen_at: minute(4) }]);
    expect(warnings).toEqual([{ contacts: 1, mailings: 1 }]);
    await recount.run();
    expect(warnings).toHaveLength(1);
  });
});
