import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quarantineKey, type ActionSubmissionV1, type ContactSubmissionV1 } from '@groundswell/contracts';
import { SecretEnvelope, uuidV7 } from '@groundswell/crypto';
import { ObjectStore, objectStoreSettings, type ObjectStoreConfig } from '@groundswell/object-store';
import { startS3Server, type S3Server } from '@groundswell/testing';
import { attachableMs, AttachmentTokens } from '../../src/attachments/attachment-tokens';
import { FixesWorld, problemsOf } from './fixes.fixture';
import { signature } from './accept.fixture';

interface Upload {
  key: string;
  url: string;
  fields: string;
  expiresAt: string;
}

const envelopeKey = Buffer.alloc(32, 7).toString('base64url');
const request = `mutation ($page: Int!, $name: String!, $size: Int!, $type: String!) {
  requestUpload(actionPageId: $page, name: $name, size: $size, type: $type) { key url fields expiresAt } }`;
const requestFile = `mutation ($org: String!, $name: String!, $size: Int!, $type: String!) {
  requestActionsUpload(orgName: $org, name: $name, size: $size, type: $type) { key url fields expiresAt } }`;
const list = `query ($org: String!, $id: Int!) { attachments(orgName: $org, actionId: $id) {
  id name type size state reason sha256 receivedAt endedAt url thumbnailUrl } }`;
const sign = `mutation ($id: Int!, $action: ActionInput!, $contact: ContactInput!, $privacy: ConsentInput!) {
  addActionContact(actionPageId: $id, action: $action, contact: $contact, privacy: $privacy) { contactRef } }`;
const act = `mutation ($id: Int!, $action: ActionInput!, $ref: ID!) {
  addAction(actionPageId: $id, action: $action, contactRef: $ref) { contactRef } }`;
const photo = { name: 'C:\\photos\\Ärger 1.JPG', size: 7, type: 'image/jpg' };

let world: FixesWorld;
let s3: S3Server;
let store: ObjectStore;

beforeAll(async () => {
  s3 = await startS3Server({ dir: await mkdtemp(join(tmpdir(), 'attachments-')) });
  const settings = objectStoreSettings({ ...s3.env, OBJECT_STORE_TIMEOUT_MS: 60_000 } as unknown as ObjectStoreConfig);
  if (!settings) throw new Error('no settings');
  store = new ObjectStore(settings);
  world = await FixesWorld.start({ ENVELOPE_KEY: envelopeKey, ...s3.env });
});
afterAll(async () => {
  await world.fleet.close();
  await store.close();
  await s3.stop({ discard: true });
});

const ask = async (page: number, change: object = {}): Promise<Upload> =>
  (await world.dataOf<{ requestUpload: Upload }>(request, { page, ...photo, ...change })).requestUpload;

const put = (url: string, fields: string, body: Buffer): Promise<number> =>
  fetch(url, { method: 'PUT', headers: JSON.parse(fields) as Record<string, string>, body }).then(
    ({ status }) => status,
  );

const signWith = (page: number, attachments: string[] | null) => {
  const { action, contact, privacy } = signature(page) as unknown as Record<string, object>;
  return world.gateway.post(sign, { id: page, contact, privacy, action: { ...action, attachments } });
};

it('gives anybody a link for exactly this file, and freezes what it said of it into the action', async () => {
  const upload = await ask(world.leadPageId);
  expect(JSON.parse(upload.fields)).toEqual({ 'content-type': 'image/jpeg' });
  expect(new Date(upload.expiresAt).getTime()).toBeGreaterThan(Date.now() + 800_000);
  expect(await put(upload.url, upload.fields, Buffer.from('too large a picture'))).toBe(403);
  expect(await put(upload.url, upload.fields, Buffer.from('picture'))).toBe(200);

  const other = await ask(world.leadPageId, { name: 'a.pdf', type: 'application/pdf; x=y', size: 9 });
  expect((await signWith(world.leadPageId, [upload.key, other.key, upload.key])).errors).toBeUndefined();
  const [contact] = (await world.fleet.takeSubmissions()) as [ContactSubmissionV1];
  const { attachments = [] } = contact.action;
  expect(attachments).toEqual([
    { objectId: expect.any(String) as string, name: 'Ärger 1.JPG', type: 'image/jpeg', size: 7 },
    { objectId: expect.any(String) as string, name: 'a.pdf', type: 'application/pdf', size: 9 },
  ]);
  expect(s3.keys).toEqual([quarantineKey(attachments[0]?.objectId ?? '')]);

  const action = { actionType: 'photo', attachments: [other.key] };
  await world.dataOf(act, { id: world.leadPageId, action, ref: contact.ref });
  const [second] = (await world.fleet.takeIngested()) as unknown as [{ message: ActionSubmissionV1 }];
  expect(second.message.action.attachments).toEqual([attachments[1]]);
});

it('an action without files is as it was', async () => {
  for (const none of [null, []]) {
    expect((await signWith(world.leadPageId, none)).errors).toBeUndefined();
    const [contact] = await world.fleet.takeSubmissions();
    expect(Object.keys(contact?.action ?? {})).not.toContain('attachments');
  }
});

it('refuses files of another page, made up, too old, or too many; nothing is accepted', async () => {
  const tokens = new AttachmentTokens(SecretEnvelope.fromText(envelopeKey));
  const file = { name: 'a.jpg', type: 'image/jpeg', size: 1 };
  const keys = {
    mine: (await ask(world.leadPageId)).key,
    ofAnotherPage: (await ask(world.partnerPageId)).key,
    old: tokens.seal(world.leadPageId, { ...file, objectId: uuidV7(Date.now() - attachableMs - 1) }),
    madeUp: new AttachmentTokens(SecretEnvelope.fromText(Buffer.alloc(32, 8).toString('base64url'))).seal(
      world.leadPageId,
      { ...file, objectId: uuidV7() },
    ),
  };
  const { mine, ofAnotherPage, old, madeUp } = keys;
  const answer = await signWith(world.leadPageId, [mine, ofAnotherPage, old, madeUp, 'quarantine/1']);
  expect(problemsOf(answer)).toEqual([1, 2, 3, 4].map((at) => `is invalid at addActionContact.attachments.${at}`));
  const many = Array.from({ length: 6 }, () => tokens.seal(world.leadPageId, { ...file, objectId: uuidV7() }));
  expect(problemsOf(await signWith(world.leadPageId, many))).toEqual([
    'should have at most 5 item(s) at addActionContact.attachments',
  ]);
  expect(await world.fleet.takeSubmissions()).toEqual([]);
});

it.each([
  ['a page', { type: 'text/html' }, ['is not allowed at requestUpload.type']],
  [
    'a drawing, empty, without a name',
    { type: 'image/svg+xml', size: 0, name: '..' },
    [
      'must be greater than 0 at requestUpload.size',
      "can't be blank at requestUpload.name",
      'is not allowed at requestUpload.type',
    ],
  ],
  ['a large file', { size: 25 * 1024 * 1024 + 1 }, ['is too large at requestUpload.size']],
  ['a long name', { name: 'x'.repeat(256) }, ['should be at most 255 character(s) at requestUpload.name']],
  ['a file for no page', { page: 999_999 }, ['not_found: Entity not found at requestUpload']],
])('refuses to take %s', async (_what, change, problems) => {
  expect(await world.problems(request, { page: world.leadPageId, ...photo, ...change })).toEqual(problems);
});

it('counts links per address', async () => {
  const { fixedLimits } = await import('../../src/rate-limits/limits');
  const aliases = Array.from(
    { length: 20 },
    (_, at) => `a${at}: requestUpload(actionPageId: 0, name: "", size: 0, type: "") { key }`,
  );
  const call = () =>
    world.gateway.http
      .post('/api')
      .set('x-forwarded-for', '192.0.2.77')
      .send({ query: `mutation { ${aliases.join('\n')} }` });
  let answered = 0;
  for (let at = 0; at < fixedLimits.uploadByAddress.points / aliases.length + 1; at += 1) {
    const { status } = await call();
    if (status === 429) break;
    answered += 1;
  }
  expect(answered).toBeGreaterThan(10);
  expect((await call()).status).toBe(429);
});

it('gives those who may have the contacts a link for a file of actions, and notes it', async () => {
  const { lead } = world;
  const order = { org: lead.name, name: 'people.csv', size: 10, type: 'text/csv' };
  const { requestActionsUpload: upload } = await world.dataOf<{ requestActionsUpload: Upload }>(
    requestFile,
    order,
    lead.owner.token,
  );
  expect(upload.key).toMatch(new RegExp(`^uploads/${lead.id}/[0-9a-f-]{36}\\.csv$`));
  expect(await put(upload.url, upload.fields, Buffer.from('name,email'))).toBe(200);
  expect(s3.keys).toContain(upload.key);
  const json = { ...order, name: 'p.json', type: 'application/json' };
  const { requestActionsUpload: second } = await world.dataOf<{ requestActionsUpload: Upload }>(
    requestFile,
    json,
    lead.owner.token,
  );
  expect(second.key).toMatch(/\.json$/);
  const campaigner = await world.member(lead, 'campaigner');
  expect(await world.problems(requestFile, order, campaigner.token)).toEqual([
    'permission_denied: You do not have the required permission at requestActionsUpload',
  ]);
  expect(await world.problems(requestFile, { ...order, size: 2 ** 30, type: 'image/png' }, lead.owner.token)).toEqual([
    'is too large at requestActionsUpload.size',
    'is not allowed at requestActionsUpload.type',
  ]);
  const { rows } = await world.fleet.sql.query(
    `select changeset ->> 'key' as key from catalog.audit_log where changeset ->> 'operation' = 'requestActionsUpload' order by 1`,
  );
  expect(rows).toEqual([{ key: upload.key }, { key: second.key }]);
});

it('shows staff of the page what came of the files, with links to the clean ones, and notes who was given them', async () => {
  const { fleet, lead, partner } = world;
  const page = { action_page_id: world.leadPageId, campaign_id: world.campaignId };
  const ref = Buffer.alloc(32, 5).toString('base64url');
  const action = await fleet.insert('actions', { ...page, action_type: 'photo', ref: Buffer.from(ref) }, 'actions');
  const file = { action_id: action, org_id: lead.id, name: 'Ärger.bat', type: 'image/jpeg', size: 3 };
  const ids = [uuidV7(), uuidV7(), uuidV7(), uuidV7()];
  const [waiting, clean, refused, failed] = ids;
  const key = `attachments/${lead.id}/${clean}`;
  const ended = { ended_at: '2026-11-21T10:00:00Z' };
  await fleet.insert('attachments', { ...file, object_id: waiting }, 'actions');
  const kept = { key, thumbnail_key: `${key}.webp`, sha256: Buffer.alloc(32, 0xab) };
  await fleet.insert('attachments', { ...file, object_id: clean, state: 'clean', ...kept, ...ended }, 'actions');
  const no = { state: 'refused', reason: 'found harmful', ...ended };
  await fleet.insert('attachments', { ...file, object_id: refused, ...no }, 'actions');
  await fleet.insert('attachments', { ...file, object_id: failed }, 'actions');
  const job = { type: 'scan-attachment', payload: '{}', max_attempts: 8, state: 'failed', finished_at: new Date() };
  await fleet.insert('jobs', { ...job, key: failed, last_error: 'scanner: HTTP 500' }, 'actions');
  await store.write(key, Buffer.from('abc'), { contentType: 'image/jpeg' });

  const translator = await world.member(lead, 'translator');
  const { attachments } = await world.dataOf<{ attachments: Record<string, string>[] }>(
    list,
    { org: lead.name, id: action },
    translator.token,
  );
  expect(attachments.map(({ state, reason, sha256 }) => [state, reason, sha256])).toEqual([
    ['WAITING', null, null],
    ['CLEAN', null, 'ab'.repeat(32)],
    ['REFUSED', 'found harmful', null],
    ['FAILED', 'scanner: HTTP 500', null],
  ]);
  expect(attachments.map(({ url, thumbnailUrl }) => [url === null, thumbnailUrl === null])).toEqual([
    [true, true],
    [false, false],
    [true, true],
    [true, true],
  ]);
  const download = await fetch(attachments[1]?.['url'] ?? '');
  expect([await download.text(), download.headers.get('content-type')]).toEqual(['abc', 'image/jpeg']);
  expect(download.headers.get('content-disposition')).toMatch(/^attachment; .*UTF-8''%C3%84rger.bat.jpg$/);
  const { rows } = await fleet.sql.query(
    `select actor_id, resource_id from catalog.audit_log where changeset ->> 'operation' = 'attachments'`,
  );
  expect(rows).toEqual([{ actor_id: String(translator.id), resource_id: String(action) }]);

  const { exportContact } = await world.dataOf<{ exportContact: string }>(
    'query ($org: String!, $ref: String!) { exportContact(orgName: $org, contactRef: $ref) }',
    { org: lead.name, ref },
    lead.owner.token,
  );
  const { waitingActions } = JSON.parse(exportContact) as { waitingActions: { attachments: object[] }[] };
  expect(waitingActions[0]?.attachments).toHaveLength(4);
  expect(waitingActions[0]?.attachments[1]).toEqual({ name: 'Ärger.bat', type: 'image/jpeg', size: 3, state: 'clean' });

  expect(await world.problems(list, { org: partner.name, id: action }, partner.owner.token)).toEqual([
    'not_found: Entity not found at attachments',
  ]);
  expect(await world.problems(list, { org: lead.name, id: action }, partner.owner.token)).toEqual([
    'unauthorized: User is not a member of organisation at attachments',
  ]);
});
