import { createHash } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { ingestQueue, quarantineKey, type EraseContactV1, type SubmittedAttachmentV1 } from '@groundswell/contracts';
import { uuidV7 } from '@groundswell/crypto';
import { ObjectStore, objectStoreSettings, type ObjectStoreConfig } from '@groundswell/object-store';
import { Database } from '@groundswell/persistence';
import { startS3Server, waitFor, type S3Server } from '@groundswell/testing';
import { AttachmentRepository } from '../../src/attachments/attachment.repository';
import { partitionOf } from '../../src/storing/reference';
import { aContact, anAction, IngestFixture, type Place } from './ingest-fixture';

interface Row {
  id: number;
  state: string;
  reason: string | null;
  key: string | null;
  thumbnail_key: string | null;
  sha256: Buffer | null;
}

let fixture: IngestFixture;
let s3: S3Server;
let store: ObjectStore;
let scanner: Server;
let place: Place;
let picture: Buffer;
/** What the operator's scanner says next, by the type of the file. */
const verdicts: (boolean | 'fault')[] = [];
const asked: { url: string; sha256: string; authorization: string | undefined }[] = [];

beforeAll(async () => {
  picture = await sharp({ create: { width: 900, height: 600, channels: 3, background: '#c06' } })
    .jpeg()
    .toBuffer();
  s3 = await startS3Server({ dir: await mkdtemp(join(tmpdir(), 'attachments-')) });
  const settings = objectStoreSettings({ ...s3.env, OBJECT_STORE_TIMEOUT_MS: 60_000 } as unknown as ObjectStoreConfig);
  if (!settings) throw new Error('no settings');
  store = new ObjectStore(settings);
  scanner = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url, sha256 } = JSON.parse(Buffer.concat(chunks).toString()) as { url: string; sha256: string };
      asked.push({ url, sha256, authorization: request.headers.authorization });
      const verdict = verdicts.shift() ?? true;
      response.writeHead(verdict === 'fault' ? 500 : 200).end(JSON.stringify({ clean: verdict }));
    });
  });
  await new Promise<void>((resolve) => scanner.listen(0, '127.0.0.1', resolve));
  fixture = await IngestFixture.create();
  await fixture.start({
    ...s3.env,
    ATTACHMENT_SCAN_URL: `http://127.0.0.1:${(scanner.address() as AddressInfo).port}/scan`,
    ATTACHMENT_SCAN_TOKEN: 'of-the-operator',
    REMOVE_OBJECTS_INTERVAL: '100',
    SWEEP_QUARANTINE_INTERVAL: '100',
  });
  place = await fixture.place();
});

afterAll(async () => {
  await fixture.close();
  await store.close();
  await s3.stop({ discard: true });
  await new Promise((resolve) => scanner.close(resolve));
});

const anAttachment = (change: Partial<SubmittedAttachmentV1> = {}): SubmittedAttachmentV1 => ({
  objectId: uuidV7(),
  name: 'photo of harald.jpg',
  type: 'image/jpeg',
  size: picture.length,
  ...change,
});

/** Of the service. */
const database = (): Database => {
  const [app] = fixture.apps;
  if (!app) throw new Error('no app');
  return app.get(Database);
};

const sent = async (attachment: SubmittedAttachmentV1, bytes = picture): Promise<SubmittedAttachmentV1> => {
  await store.write(quarantineKey(attachment.objectId), bytes, { contentType: attachment.type });
  return attachment;
};

const rowOf = async ({ objectId }: SubmittedAttachmentV1): Promise<Row | undefined> =>
  (await fixture.sql.query<Row>('select * from actions.attachments where object_id = $1', [objectId])).rows[0];

const ended = (attachment: SubmittedAttachmentV1): Promise<Row> =>
  waitFor(async () => {
    const row = await rowOf(attachment);
    return row && row.state !== 'waiting' ? row : undefined;
  });

/** Makes attempts due that wait out a fault. */
const hurry = (): Promise<unknown> =>
  fixture.sql.query(
    `update actions.jobs set due_at = now() where type = 'scan-attachment' and state = 'queued' and due_at > now()`,
  );

const keysOf = ({ objectId }: SubmittedAttachmentV1): string[] => s3.keys.filter((key) => key.includes(objectId));

const gone = (attachment: SubmittedAttachmentV1): Promise<boolean> => waitFor(() => keysOf(attachment).length === 0);

const actWith = async (...attachments: SubmittedAttachmentV1[]) => {
  const contact = aContact(place, { action: { attachments } });
  await fixture.act(contact);
  return contact;
};

it('keeps a clean picture with its checksum and a small one of it, out of quarantine; the message to the org says nothing of it', async () => {
  const attachment = await sent(anAttachment());
  await actWith(attachment);
  const row = await ended(attachment);
  const key = `attachments/${place.orgId}/${attachment.objectId}`;
  expect(row).toMatchObject({ state: 'clean', reason: null, key, thumbnail_key: `${key}.webp` });
  const sha256 = createHash('sha256').update(picture).digest();
  expect(row.sha256).toEqual(sha256);
  await waitFor(() => keysOf(attachment).length === 2);
  expect(keysOf(attachment)).toEqual([key, `${key}.webp`]);
  const small = Buffer.concat(await (await store.read(`${key}.webp`)).toArray());
  expect(await sharp(small).metadata()).toMatchObject({ format: 'webp', width: 320, height: 213 });
  expect(asked.at(-1)).toMatchObject({ sha256: sha256.toString('hex'), authorization: 'Bearer of-the-operator' });
  expect(Buffer.from(await (await fetch(asked.at(-1)?.url ?? '')).arrayBuffer())).toEqual(picture);
  const [message] = await fixture.received(fixture.queues.crm(place.org), 1);
  expect(JSON.stringify(message?.body)).not.toContain(attachment.objectId);
  expect(Object.keys(message?.body['action'] as object).sort()).not.toContain('attachments');
});

it.each<[string, Partial<SubmittedAttachmentV1>, (picture: Buffer) => Buffer]>([
  ['not of the announced size', {}, (bytes) => bytes.subarray(1)],
  ['not of the announced type', { type: 'audio/mpeg' }, (bytes) => bytes],
  ['not of the announced type', {}, (bytes) => Buffer.from('<html>'.padEnd(bytes.length))],
  ['not readable as an image', {}, (bytes) => Buffer.concat([bytes.subarray(0, 3), Buffer.alloc(bytes.length - 3)])],
])('refuses a file that is %s, and keeps nothing of it', async (reason, change, bytes) => {
  const attachment = await sent(anAttachment(change), bytes(picture));
  await actWith(attachment);
  expect(await ended(attachment)).toMatchObject({ state: 'refused', reason, key: null, sha256: null });
  await gone(attachment);
});

it('refuses what the scanner finds harmful, and asks again where it has no answer', async () => {
  verdicts.push('fault', false);
  const attachment = await sent(anAttachment());
  await actWith(attachment);
  await waitFor(async () => {
    await hurry();
    return (await rowOf(attachment))?.state === 'refused';
  });
  expect(await rowOf(attachment)).toMatchObject({ reason: 'found harmful', key: null });
  await gone(attachment);
});

it('refuses a file that is another one at the second look, although it looks well', async () => {
  verdicts.push('fault');
  const attachment = await sent(anAttachment());
  await actWith(attachment);
  await waitFor(async () => {
    const { rows } = await fixture.sql.query(
      `select from actions.jobs where key = $1 and state = 'queued' and last_error like 'scanner%'`,
      [attachment.objectId],
    );
    return rows.length === 1;
  });
  const other = Buffer.from(picture);
  other[picture.length - 20] = (other[picture.length - 20] ?? 0) ^ 1;
  await sent(attachment, other);
  await waitFor(async () => {
    await hurry();
    return (await rowOf(attachment))?.state === 'refused';
  });
  expect(await rowOf(attachment)).toMatchObject({ reason: 'changed after it was sent', key: null });
  await gone(attachment);
});

it('waits for a file that comes late or while the store is away, and gives up on one that never comes', async () => {
  const [late, never] = [anAttachment(), anAttachment()];
  await actWith(late, never);
  await waitFor(async () => {
    const { rows } = await fixture.sql.query(
      `select from actions.jobs where type = 'scan-attachment' and state = 'queued' and last_error = 'nothing was sent so far'`,
    );
    return rows.length === 2;
  });
  await fixture.sql.query(
    `update actions.attachments set inserted_at = now() - interval '31 minutes' where object_id = $1`,
    [never.objectId],
  );
  await sent(late);
  s3.failNext('reset', 2);
  await waitFor(async () => {
    await hurry();
    return (await rowOf(late))?.state === 'clean' && (await rowOf(never))?.state === 'refused';
  });
  expect(await rowOf(never)).toMatchObject({ reason: 'nothing was sent' });
});

it('attaches a file once, and twice is one: the second action and a repeated submission change nothing', async () => {
  const attachment = await sent(anAttachment());
  const contact = await actWith(attachment);
  const row = await ended(attachment);
  await fixture.send(contact);
  await actWith(attachment);
  expect(await rowOf(attachment)).toEqual(row);
  const { rows } = await fixture.sql.query(`select from actions.jobs where key = $1`, [attachment.objectId]);
  expect(rows).toHaveLength(1);
});

const erase = async (ref: string): Promise<Record<string, number>> => {
  // What was made before was accepted before, by the millisecond.
  await new Promise((resolve) => setTimeout(resolve, 5));
  const { rows } = await fixture.sql.query<{ erased_at: Date }>(
    `insert into catalog.erasures (org_id, ref) values ($1, $2) returning erased_at`,
    [place.orgId, Buffer.from(ref, 'base64url')],
  );
  const command: EraseContactV1 = {
    schema: 'groundswell:command:1',
    id: uuidV7(),
    at: new Date().toISOString(),
    kind: 'erase_contact',
    orgId: place.orgId,
    ref,
    erasedAt: (rows[0]?.erased_at ?? new Date()).toISOString(),
  };
  await fixture.vhost.send(ingestQueue(partitionOf(ref)), [command], () => ({ messageId: command.id }));
  return waitFor(async () => {
    const receipts = await fixture.sql.query('select counts from actions.erasure_receipts where id = $1', [command.id]);
    return receipts.rows[0]?.counts as Record<string, number> | undefined;
  });
};

it('a person who is erased takes the files along, those that wait too; what is stored afterwards comes without', async () => {
  const [kept, waiting, after] = [await sent(anAttachment()), anAttachment(), await sent(anAttachment())];
  const contact = await actWith(kept);
  await ended(kept);
  const share = anAction(place, contact.ref, { action: { attachments: [waiting] } });
  await fixture.act(share);
  const tooLate = anAction(place, contact.ref, { action: { attachments: [after] } });
  expect(await erase(contact.ref)).toMatchObject({ attachments: 2 });
  await sent(waiting);
  await fixture.act(tooLate);
  await actWith(kept);
  for (const one of [kept, waiting, after]) expect(await rowOf(one)).toBeUndefined();
  await waitFor(async () => {
    await hurry();
    return keysOf(kept).length + keysOf(waiting).length === 0;
  });
});

it('takes files along of one who acted and whose signature is not there yet; also those that come afterwards', async () => {
  const { ref } = aContact(place);
  const [before, after] = [await sent(anAttachment()), await sent(anAttachment())];
  await fixture.act(anAction(place, ref, { action: { attachments: [before] } }));
  await ended(before);
  const tooLate = anAction(place, ref, { action: { attachments: [after] } });
  expect(await erase(ref)).toMatchObject({ attachments: 1 });
  await fixture.act(tooLate);
  for (const one of [before, after]) expect(await rowOf(one)).toBeUndefined();
  await waitFor(() => keysOf(before).length === 0);
});

it('files that two batches name in another order are attached once, and nobody waits in a circle', async () => {
  const [first, between, last] = [1, 2, 3].map((at) => anAttachment({ objectId: uuidV7(Date.now() + at * 1_000) }));
  if (!first || !between || !last) throw new Error('no files');
  const own = await fixture.actionOf(await actWith());
  const attachAll = (files: SubmittedAttachmentV1[]) =>
    database().transaction((manager) =>
      new AttachmentRepository(manager).insert(
        files.map((file) => ({ ...file, actionId: own.id, orgId: place.orgId, ref: Buffer.alloc(32) })),
      ),
    );
  let batches: Promise<object[]>[] = [];
  await database().transaction(async (manager) => {
    const ref = Buffer.alloc(32);
    await new AttachmentRepository(manager).insert([{ ...between, actionId: own.id, orgId: place.orgId, ref }]);
    batches = [attachAll([first, between, last]), attachAll([last, between, first])];
    await waitFor(async () => {
      const { rows } = await fixture.sql.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into actions.attachments%'
            and datname = current_database()`,
      );
      return rows.length === 2;
    });
  });
  expect((await Promise.all(batches)).map(({ length }) => length).sort()).toEqual([0, 2]);
});

it('removes what is to go although the store refuses to remove another, whose job has failed', async () => {
  const refused = `attachments/${'x'.repeat(1_100)}`;
  await store.write('attachments/1/gone', Buffer.from('x'), { contentType: 'text/plain' });
  await fixture.sql.query(
    `insert into actions.object_removals (key, remove_after) values ($1, now() - interval '1 hour'), ('attachments/1/gone', now())`,
    [refused],
  );
  await waitFor(() => !s3.keys.includes('attachments/1/gone'));
  await waitFor(async () => {
    const { rows } = await fixture.sql.query(
      `select from actions.jobs where type = 'remove-objects' and state = 'failed' and last_error = 'the store refused to remove 1 objects'`,
    );
    return rows.length === 1;
  });
  const { rows } = await fixture.sql.query(`select key from actions.object_removals where remove_after > now()`);
  expect(rows).toEqual([{ key: refused }]);
});

it('sweeps what was sent and never used in time, and nothing else', async () => {
  const dayAgo = Date.now() - 25 * 3_600_000;
  const [unused, used, fresh] = [uuidV7(dayAgo), anAttachment({ objectId: uuidV7(dayAgo) }), uuidV7()];
  // Waits on after its first look, since it is not there.
  await actWith(used);
  await waitFor(
    async () =>
      (await fixture.sql.query(`select from actions.jobs where key = $1 and attempts > 0`, [used.objectId])).rows
        .length > 0,
  );
  const upload = (id: string): string => `uploads/${place.orgId}/${id}.csv`;
  const longAgo = Date.now() - 15 * 24 * 3_600_000;
  const [readIn, forgotten, recent] = [uuidV7(longAgo), uuidV7(longAgo), uuidV7(dayAgo)];
  await fixture.sql.query(
    `insert into actions.uploads (org_id, page_id, object_key, format, settings, is_dry, bytes_total, requested_by)
     values ($1, $2, $3, 'csv', '{}', false, 1, '1')`,
    [place.orgId, place.pageId, upload(readIn)],
  );
  const put = (key: string) => store.write(key, Buffer.from('x'), { contentType: 'text/csv' });
  for (const key of [
    quarantineKey(fresh),
    upload(readIn),
    quarantineKey(used.objectId),
    upload(forgotten),
    upload(recent),
  ]) {
    await put(key);
  }
  await put(quarantineKey(unused));
  await waitFor(() => !s3.keys.includes(quarantineKey(unused)) && !s3.keys.includes(upload(forgotten)));
  const left = s3.keys.filter((key) => [fresh, readIn, recent, used.objectId].some((id) => key.includes(id)));
  expect(left.sort()).toEqual(
    [quarantineKey(used.objectId), quarantineKey(fresh), upload(readIn), upload(recent)].sort(),
  );
});
