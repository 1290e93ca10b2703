import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { statsServiceRequestV1 } from '@groundswell/contracts';
import { objectStore, type ObjectStore } from '@groundswell/object-store';
import { startS3Server, type S3Server } from '@groundswell/testing';
import { FixesWorld, problemsOf, type Org } from './fixes.fixture';
import type { RunningGateway } from './gateway.fixture';
import { ServiceStandIn } from './service-stand-in.fixture';

const requestReport = `mutation ($org: String!, $input: ReportInput!) {
  report: requestReport(orgName: $org, input: $input) { id kind format state campaignId timeZone } }`;
const cancelReport = 'mutation ($org: String!, $id: ID!) { cancelReport(orgName: $org, id: $id) }';
const reportLink = 'mutation ($org: String!, $id: ID!) { link: reportLink(orgName: $org, id: $id) { url expiresAt } }';

let s3: S3Server;
let world: FixesWorld;
let gateway: RunningGateway;
let org: Org;
const statsService = new ServiceStandIn('stats-service', statsServiceRequestV1);
const { asked } = statsService;

beforeAll(async () => {
  s3 = await startS3Server({ dir: await mkdtemp(join(tmpdir(), 'reports-')) });
  world = await FixesWorld.start({ ...s3.env });
  gateway = world.gateway;
  org = world.lead;
  await statsService.start(world);
});
afterAll(async () => {
  await world.fleet.close();
  await s3.stop({ discard: true });
});
beforeEach(() => statsService.beginAnew());

interface Row {
  kind?: string;
  state?: string;
  columns?: object;
}

const secret = randomBytes(24).toString('base64url');

/** As stats-service leaves it, with its file. */
async function addReport({ kind = 'actions', state = 'complete', columns = {} }: Row = {}): Promise<string> {
  const isOpen = state === 'queued';
  const job = { type: 'report', payload: '{}', state, max_attempts: 1, finished_at: isOpen ? null : new Date() };
  const jobId = await world.fleet.insert('jobs', { ...job, org_id: org.id }, 'stats');
  const file = `reports/${org.id}/${jobId}.csv`;
  const body = Buffer.from('actionId\n1\n');
  await gateway.app.get<ObjectStore>(objectStore, { strict: false }).write(file, body, { contentType: 'text/csv' });
  const report = {
    ...{ org_id: org.id, job_id: jobId, kind, format: 'csv', language: 'en', time_zone: 'UTC', file_key: file },
    ...{ requested_by: org.owner.id, expires_at: new Date(Date.now() + 60_000), started_at: new Date() },
    ...(isOpen ? {} : { finished_at: new Date(), row_count: 1, size: 11 }),
    token_hash: createHash('sha256').update(secret).digest(),
    ...columns,
  };
  return String(await world.fleet.insert('reports', report, 'stats'));
}

const post = (query: string, variables: object, token = org.owner.token) =>
  gateway.post(query, { org: org.name, ...variables }, token);

describe('asking for a report', () => {
  it('asks stats-service, for whoever asks, and writes it down', async () => {
    const id = await addReport({ kind: 'campaign_summary', state: 'queued' });
    statsService.reply = { ok: true, value: { reportId: id } };
    const campaign = await world.nameOf('campaigns', world.campaignId);
    const input = { kind: 'CAMPAIGN_SUMMARY', format: 'XLSX', campaign, from: '2026-03-01T00:00:00Z' };
    const { data, errors } = await post(requestReport, {
      input: { ...input, timeZone: 'Europe/Paris', language: 'fr' },
    });
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ report: { id, state: 'QUEUED', kind: 'CAMPAIGN_SUMMARY' } });
    expect(asked).toMatchObject([
      {
        ...{ kind: 'request_report', report: 'campaign_summary', format: 'xlsx', orgId: org.id, userId: org.owner.id },
        ...{ campaignId: world.campaignId, from: '2026-03-01T00:00:00.000Z', to: null },
        ...{ timeZone: 'Europe/Paris', language: 'fr' },
      },
    ]);
    expect(await world.auditsOf('org', String(org.id))).toMatchObject([{ operation: 'requestReport' }]);
  });

  it.each([
    [{ from: '2026-03-02T00:00:00Z', to: '2026-03-01T00:00:00Z' }, 'must be before to at report.input.from'],
    [{ timeZone: 'Europe/Atlantis' }, 'is invalid at report.input.timeZone'],
    [{ language: 'x; drop' }, 'is invalid at report.input.language'],
  ])('%j is refused before it is asked', async (input, problem) => {
    expect(problemsOf(await post(requestReport, { input: { kind: 'USAGE', ...input } }))).toEqual([problem]);
    expect(asked).toEqual([]);
  });

  it('MTT_DELIVERY is for the lead of the campaign, and a no has its reason', async () => {
    const campaign = await world.nameOf('campaigns', world.campaignId);
    const { partner } = world;
    const values = { org: partner.name, input: { kind: 'MTT_DELIVERY', campaign } };
    expect(problemsOf(await post(requestReport, values, partner.owner.token))).toEqual([
      'is led by another organisation at report.input.campaign',
    ]);
    statsService.reply = { ok: false, code: 'stats.too_many_reports', text: 'too many' };
    expect((await post(requestReport, { input: { kind: 'USAGE' } })).errors).toMatchObject([
      { message: 'too many', extensions: { reason: 'too_many_reports' } },
    ]);
  });
});

describe('a report of an org', () => {
  it('is listed to its staff, newest first, with what its job says', async () => {
    const failed = await addReport({ state: 'failed', columns: { error: 'too large', finished_at: null } });
    const withdrawn = await addReport({ columns: { withdrawn_at: new Date() } });
    const complete = await addReport({ kind: 'usage' });
    const list =
      '($org: String!, $after: ID) { reports(orgName: $org, limit: 2, after: $after) { after reports { id state error rows } } }';
    const { data } = await post(`query ${list}`, {});
    const first = (data as unknown as { reports: { after: string; reports: object[] } }).reports;
    expect(first.reports).toEqual([
      { id: complete, state: 'COMPLETE', error: null, rows: 1 },
      { id: withdrawn, state: 'WITHDRAWN', error: null, rows: 1 },
    ]);
    const next = (await post(`query ${list}`, { after: first.after })).data as unknown as typeof data & {
      reports: { reports: object[] };
    };
    expect(next.reports.reports[0]).toMatchObject({ id: failed, state: 'ERROR', error: 'too large' });
  });

  it('is called off by stats-service', async () => {
    const id = await addReport({ state: 'queued' });
    expect((await post(cancelReport, { id })).data).toEqual({ cancelReport: 'SUCCESS' });
    statsService.reply = { ok: true, value: { outcome: 'unchanged' } };
    expect((await post(cancelReport, { id })).data).toEqual({ cancelReport: 'NOOP' });
    expect(asked).toMatchObject([{ kind: 'cancel_report', orgId: org.id, reportId: id }, {}]);
    const other = await world.addOrg();
    const values = { org: other.name, id };
    expect(problemsOf(await post(cancelReport, values, other.owner.token))).toEqual([
      'not_found: Entity not found at cancelReport',
    ]);
  });

  it('is downloaded by an address for ten minutes, by those who may ask for one', async () => {
    const id = await addReport();
    const campaigner = await world.member(org, 'campaigner');
    expect(problemsOf(await post(reportLink, { id }, campaigner.token))[0]).toMatch(/^permission_denied/);
    const { data } = await post(reportLink, { id });
    const answer = await fetch((data as unknown as { link: { url: string } }).link.url);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('actionId\n1\n');
    expect(answer.headers.get('content-disposition')).toContain(`actions-${id}.csv`);
    expect(await world.auditsOf('report', id)).toMatchObject([{ operation: 'downloadReport', kind: 'actions' }]);
  });
});

describe('the link in the mail', () => {
  const follow = (id: string, text = secret, method: 'get' | 'post' = 'post') =>
    gateway.http[method](`/reports/${id}/${text}`).set('content-type', 'application/x-www-form-urlencoded');

  it('opens a page, whose button downloads the file, which is written down as of whoever asked', async () => {
    const id = await addReport();
    const page = await follow(id, secret, 'get');
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain(`form-action 'self' ${s3.url}`);
    expect(await world.auditsOf('report', id)).toEqual([]);
    const { status, headers } = await follow(id);
    expect(status).toBe(303);
    expect((await fetch(headers['location'] as string)).status).toBe(200);
    const { rows } = await world.fleet.sql.query('select actor_id from catalog.audit_log where resource_id = $1', [id]);
    expect(rows).toEqual([{ actor_id: String(org.owner.id) }]);
  });

  it.each([
    ['with another secret', {}, randomBytes(24).toString('base64url')],
    ['past its time', { columns: { expires_at: new Date(Date.now() - 1_000) } }, secret],
    ['withdrawn', { columns: { withdrawn_at: new Date() } }, secret],
    ['of somebody who is no member any more', { columns: { requested_by: 987_654 } }, secret],
  ] as [string, Row, string][])('%s is answered as one that never was', async (_what, row, text) => {
    const { status, text: body } = await follow(await addReport(row), text);
    expect([status, body.includes('No such report')]).toEqual([404, true]);
  });

  it('gives nothing of before an erasure, at once', async () => {
    const [actions, usage] = [await addReport(), await addReport({ kind: 'usage' })];
    await world.fleet.sql.query('insert into catalog.erasures (org_id, ref) values ($1, $2)', [
      org.id,
      randomBytes(32),
    ]);
    expect((await follow(actions)).status).toBe(404);
    expect((await follow(usage)).status).toBe(303);
    expect(problemsOf(await post(reportLink, { id: actions }))).toEqual(['bad_arg: The report has no file at link']);
  });
});
