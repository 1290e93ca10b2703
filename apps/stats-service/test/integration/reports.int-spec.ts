import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { requestQueue, type RequestReportV1 } from '@groundswell/contracts';
import { encodeRef } from '@groundswell/crypto';
import { objectStore, type ObjectStore } from '@groundswell/object-store';
import { Database } from '@groundswell/persistence';
import { startS3Server, waitFor, type S3Server } from '@groundswell/testing';
import { openReportsPerOrg, ReportRequests } from '../../src/reports/report-requests';
import { xlsxRowLimit } from '../../src/reports/xlsx-file';
import { StatsFixture, type Place } from './stats-fixture';

let fixture: StatsFixture;
let s3: S3Server;
let app: NestFastifyApplication;
let place: Place;
let userId: number;

const accepted = new Date('2026-03-28T23:30:00Z');

beforeAll(async () => {
  [fixture, s3] = await Promise.all([
    StatsFixture.create(),
    startS3Server({ dir: await mkdtemp(join(tmpdir(), 'reports-')) }),
  ]);
  await fixture.vhost.declareQueue(requestQueue('stats-service'));
  app = await fixture.start({ ...s3.env, PUBLIC_URL: 'https://act.example.org', TIDY_REPORTS_INTERVAL: '300' });
  place = await fixture.place();
  userId = await fixture.insert('catalog.users', { email: 'ada@example.org', hashed_password: 'x' });
  await fixture.insert('catalog.staffers', { user_id: userId, org_id: place.orgId, perms: 512 });
});
afterAll(async () => {
  await fixture.close();
  await s3.stop({ discard: true });
});

const sql = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
  (await fixture.sql.query<Row>(text, values)).rows;

interface Signature {
  at?: Date;
  payload?: string | Buffer;
  contact?: object;
  action?: object;
  supporter?: object;
  ref?: Buffer;
}

async function sign({ campaignId, pageId, orgId }: Place, signature: Signature = {}): Promise<number> {
  const { at = accepted, payload = '{"firstName":"Ada"}', contact = {}, ref = randomBytes(32) } = signature;
  const own = { campaign_id: campaignId, action_page_id: pageId, processing_status: 3 };
  const person = { ...own, fingerprint: ref, dupe_rank: 0, ...signature.supporter };
  const supporterId = await fixture.insert('actions.supporters', person);
  const record = { supporter_id: supporterId, org_id: orgId, payload: Buffer.from(payload), ...contact };
  await fixture.insert('actions.contacts', { communication_consent: true, inserted_at: at, ...record });
  const action = { ...own, supporter_id: supporterId, action_type: 'petition', with_consent: true, inserted_at: at };
  return fixture.insert('actions.actions', { ...action, ...signature.action });
}

/** Answers the id. */
async function request(changes: Partial<RequestReportV1> = {}): Promise<number> {
  const asked: RequestReportV1 = {
    schema: 'groundswell:request:1',
    kind: 'request_report',
    id: randomUUID(),
    orgId: place.orgId,
    report: 'actions',
    format: 'csv',
    campaignId: null,
    from: null,
    to: null,
    language: 'de',
    timeZone: 'Europe/Paris',
    userId,
    ...changes,
  };
  const requests = app.get(ReportRequests, { strict: false });
  const { reportId } = await app.get(Database).transaction((manager) => requests.request(manager, asked));
  return Number(reportId);
}

interface State {
  state: string;
  lastError: string | null;
  error: string | null;
  rows: number | null;
}

const stateOf = async (id: number): Promise<State | undefined> =>
  (
    await sql<State>(
      `select j.state, j.last_error as "lastError", r.error, r.row_count::int as rows
         from stats.reports r join stats.jobs j on j.id = r.job_id where r.id = $1`,
      [id],
    )
  )[0];

const ended = (id: number): Promise<State> =>
  waitFor(async () => {
    const state = await stateOf(id);
    return state && !['queued', 'running'].includes(state.state) ? state : undefined;
  });

const store = (): ObjectStore => app.get<ObjectStore>(objectStore, { strict: false });
const bytesOf = async (key: string): Promise<Buffer> => Buffer.concat(await (await store().read(key)).toArray());
const keys = async (): Promise<string[]> => (await store().list('reports/')).keys;
const keyOf = (id: number, format = 'csv'): string => `reports/${place.orgId}/${id}.${format}`;

async function csvOf(id: number): Promise<Record<string, string>[]> {
  expect(await ended(id)).toMatchObject({ state: 'complete', lastError: null });
  return parse(await bytesOf(keyOf(id)), { columns: true, bom: true });
}

describe('a report of actions', () => {
  it('has what the org may export, sealed as it is, in the zone asked for, and no formula', async () => {
    const other = await fixture.place();
    const sealed = randomBytes(40);
    const keyed = { payload: sealed, contact: {} };
    const key = { org_id: place.orgId, public: randomBytes(32) };
    const keyId = await fixture.insert('catalog.public_keys', { ...key, name: 'k', active: true });
    await sql('update catalog.catalogue_version set version = version + 1');
    const ref = randomBytes(32);
    const clear = await sign(place, { payload: '=HYPERLINK("http://evil")', action: { fields: { a: 1 } } });
    const box = await sign(place, {
      ...keyed,
      ref,
      contact: { crypto_nonce: randomBytes(24), public_key_id: keyId, sign_key_id: keyId },
    });
    await sign(place, { contact: { communication_consent: false } });
    await sign(place, { action: { testing: true } });
    await sign(place, { supporter: { processing_status: 1 } });
    await sign(other);
    const rows = await csvOf(await request());
    expect(rows.map(({ actionId }) => Number(actionId))).toEqual([clear, box]);
    expect(rows[0]).toMatchObject({
      createdAt: '2026-03-29 00:30:00',
      actionType: 'petition',
      campaign: 'campaign1',
      payload: `'=HYPERLINK("http://evil")`,
      optIn: 'true',
      customFields: '{"a":1}',
      nonce: '',
    });
    expect(rows[1]).toMatchObject({ contactRef: expect.stringMatching(encodeRef(ref)) as string });
    expect(rows[1]?.['payload']?.replace(/^'/, '')).toBe(sealed.toString('base64url'));
    expect(rows[1]).toMatchObject({ publicKeyId: String(keyId) });
  });

  it('keeps to a time, is mailed once to a member of the org in their language, and its link is known by its hash only', async () => {
    const later = new Date(accepted.getTime() + 3_600_000);
    const inTime = await sign(place, { at: later });
    const id = await request({ from: later.toISOString(), to: new Date(later.getTime() + 1).toISOString() });
    expect((await csvOf(id)).map(({ actionId }) => Number(actionId))).toEqual([inTime]);
    const mails = await sql<{ body: string }>('select body from stats.outbox where message_id = $1', [`report:${id}`]);
    expect(mails).toHaveLength(1);
    const mail = JSON.parse(mails[0]!.body) as {
      to: object;
      locale: string;
      kind: string;
      data: { acceptLink: string };
    };
    expect(mail).toMatchObject({ kind: 'report_ready', to: { email: 'ada@example.org' }, locale: 'de' });
    const [, secret = ''] = new RegExp(`^https://act.example.org/reports/${id}/([\\w-]{32})$`).exec(
      mail.data.acceptLink,
    )!;
    const [row] = await sql<{ token: Buffer }>('select token_hash as token from stats.reports where id = $1', [id]);
    expect(row?.token).toEqual(createHash('sha256').update(secret).digest());
  });

  it('is mailed to nobody who is no member', async () => {
    const stranger = await fixture.insert('catalog.users', { email: 'eve@example.org', hashed_password: 'x' });
    const id = await request({ userId: stranger });
    expect(await ended(id)).toMatchObject({ state: 'complete' });
    expect(await sql('select from stats.outbox where message_id = $1', [`report:${id}`])).toEqual([]);
  });
});

describe('other kinds', () => {
  it('campaign_summary counts by page, day of the zone and type', async () => {
    const own = await fixture.place();
    await sign(own);
    await sign(own, { supporter: { dupe_rank: 1 }, contact: { communication_consent: false } });
    await sign(own, { at: new Date('2026-03-28T22:59:59Z') });
    await sign(own, { action: { processing_status: 1 } });
    await sign(own, { action: { testing: true } });
    const id = await request({ orgId: own.orgId, report: 'campaign_summary' });
    expect(await ended(id)).toMatchObject({ state: 'complete' });
    const rows: unknown = parse(await bytesOf(`reports/${own.orgId}/${id}.csv`), { columns: true });
    const of = { locale: 'en', actionType: 'petition', rejected: '0' };
    expect(rows).toMatchObject([
      { day: '2026-03-28', ...of, actions: '1', supporters: '1', optIns: '1', waiting: '0' },
      { day: '2026-03-29', ...of, actions: '2', supporters: '1', optIns: '1', waiting: '1' },
    ]);
  });

  it('mtt_delivery says what became of the mail to each target, usage what a month took', async () => {
    const own = await fixture.place();
    const actionId = await sign(own);
    const target = { id: randomUUID(), external_id: 'mep-1', name: 'A member', campaign_id: own.campaignId };
    await sql(
      'insert into catalog.targets (id, external_id, name, campaign_id) values ($1, $2, $3, $4)',
      Object.values(target),
    );
    for (const [index, state] of ['sent', 'pending', 'failed'].entries()) {
      const message = { message_id: index + 1, action_id: actionId, campaign_id: own.campaignId, target_id: target.id };
      const row = { ...message, fingerprint: randomBytes(32), dupe_rank: 0, state, delivered: state === 'sent' };
      const names = Object.keys(row);
      const marks = names.map((_, at) => `$${at + 1}`).join(', ');
      await sql(`insert into mtt.message_states (${names.join(', ')}) values (${marks})`, Object.values(row));
    }
    await sql(
      `insert into mail.deliveries (purpose, kind, org_id, campaign_id, state, delivered_at, created_at)
       values ('p1', 'thank_you', $1, $2, 'sent', now(), '2026-03-31T23:00Z')`,
      [own.orgId, own.campaignId],
    );
    const [mtt, usage] = [
      await request({ orgId: own.orgId, report: 'mtt_delivery' }),
      await request({ orgId: own.orgId, report: 'usage' }),
    ];
    expect(await ended(mtt)).toMatchObject({ state: 'complete', rows: 1 });
    expect(await ended(usage)).toMatchObject({ state: 'complete', rows: 2 });
    const read = async (id: number): Promise<unknown> =>
      parse(await bytesOf(`reports/${own.orgId}/${id}.csv`), { columns: true });
    expect(await read(mtt)).toMatchObject([
      { externalId: 'mep-1', sent: '1', waiting: '1', failed: '1', delivered: '1', duplicates: '0' },
    ]);
    expect(await read(usage)).toMatchObject([
      { month: '2026-03', actions: '1', supporters: '1', mailsSent: '0' },
      { month: '2026-04', actions: '0', mailsSent: '1', mailsDelivered: '1' },
    ]);
  });
});

describe('an XLSX report', () => {
  it('is a workbook with texts as texts', async () => {
    const id = await request({ format: 'xlsx', report: 'campaign_summary' });
    expect(await ended(id)).toMatchObject({ state: 'complete' });
    expect((await bytesOf(keyOf(id, 'xlsx'))).subarray(0, 2).toString()).toBe('PK');
  });

  it('of too many rows fails at once and says why', async () => {
    const own = await fixture.place();
    await sql(
      `with people as (
         insert into actions.supporters (campaign_id, action_page_id, fingerprint, processing_status, dupe_rank)
         select $1, $2, sha256(n::text::bytea), 3, 0 from generate_series(1, $4::int) n returning id),
       records as (
         insert into actions.contacts (supporter_id, org_id, payload, communication_consent)
         select id, $3, '{}', true from people)
       insert into actions.actions (campaign_id, action_page_id, supporter_id, action_type, with_consent, processing_status)
       select $1, $2, id, 'petition', true, 4 from people`,
      [own.campaignId, own.pageId, own.orgId, xlsxRowLimit + 1],
    );
    const tooLarge = await request({ orgId: own.orgId, format: 'xlsx' });
    expect(await ended(tooLarge)).toMatchObject({
      state: 'failed',
      error: `an XLSX report cannot have more than ${xlsxRowLimit} rows: ask for CSV`,
    });
    const id = await request({ orgId: own.orgId });
    expect(await ended(id)).toMatchObject({ state: 'complete', rows: xlsxRowLimit + 1 });
  });
});

describe('limits and ends', () => {
  it('an org has a few reports under way; one that is called off leaves no file', async () => {
    await sql(`insert into stats.job_pauses (type, paused_by) values ('report', 'test')`);
    const ids: number[] = [];
    for (let n = 0; n < openReportsPerOrg; n += 1) ids.push(await request());
    await expect(request()).rejects.toMatchObject({ code: 'stats.too_many_reports' });
    const requests = app.get(ReportRequests, { strict: false });
    const cancel = (id: number, orgId = place.orgId) =>
      app.get(Database).transaction((manager) =>
        requests.cancel(manager, {
          ...{ schema: 'groundswell:request:1', kind: 'cancel_report', id: randomUUID(), orgId },
          reportId: String(id),
        }),
      );
    await expect(cancel(ids[0]!, place.orgId + 1)).rejects.toMatchObject({ code: 'stats.not_found' });
    expect(await cancel(ids[0]!)).toEqual({ outcome: 'changed' });
    expect(await cancel(ids[0]!)).toEqual({ outcome: 'unchanged' });
    await sql('delete from stats.job_pauses');
    for (const id of ids.slice(1)) expect(await ended(id)).toMatchObject({ state: 'complete' });
    expect(await keys()).not.toContain(keyOf(ids[0]!));
  });

  it('files go with their reports, with whoever is erased, and when nobody knows them', async () => {
    const [expiring, summary, withdrawn] = [
      await request(),
      await request({ report: 'campaign_summary' }),
      await request(),
    ];
    for (const id of [expiring, summary, withdrawn]) await ended(id);
    await store().write('reports/9/orphan.csv', Buffer.from('x'), { contentType: 'text/csv' });
    await sql(`update stats.reports set expires_at = now() - interval '11 minutes' where id = $1`, [expiring]);
    await waitFor(async () => !(await keys()).includes(keyOf(expiring)));
    await waitFor(async () => !(await keys()).includes('reports/9/orphan.csv'));
    expect(await stateOf(expiring)).toBeUndefined();
    expect(await keys()).toEqual(expect.arrayContaining([keyOf(summary), keyOf(withdrawn)]));
    await sql('insert into catalog.erasures (org_id, ref) values ($1, $2)', [place.orgId, randomBytes(32)]);
    await waitFor(async () => !(await keys()).includes(keyOf(withdrawn)));
    expect(await keys()).toContain(keyOf(summary));
    expect(await sql('select from stats.reports where id = $1 and withdrawn_at is not null', [withdrawn])).toHaveLength(
      1,
    );
  });
});
