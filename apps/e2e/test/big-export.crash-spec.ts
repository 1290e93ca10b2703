import { aCampaign, anOrg, aPage, aSignature, newEmail, signMutation } from '../src/campaign-world';
import type { TestOrg, TestPage } from '../src/campaign-world';
import { CrashFleet } from '../src/crash/crash-fleet';
import { report, setting } from '../src/crash/crash-report';
import { MemoryLog } from '../src/crash/memory-log';

/** 200 000 in full. */
const count = setting('CRASH_EXPORT', 5_000);
const pageSize = setting('CRASH_EXPORT_PAGE', 1_000);
/** What the export may add to a gateway that has answered its first requests. */
const mostGrowthMb = 75;
/** What the gateway may take at any time since its start: resident memory, with the pages of Node's program (55 MB). Nine
 *  tenths of what the chart requests for it. */
const mostMb = 230;
/** Between two signatures that arrive meanwhile, ms. */
const signEveryMs = 50;

const pageQuery = `query ($org: String!, $start: Int!, $limit: Int!) {
  actions(orgName: $org, start: $start, limit: $limit) {
    actionId actionType createdAt customFields actionPage { locale name } campaign { name }
    contact { contactRef payload nonce publicKey { public } }
    privacy { emailStatus emailStatusChanged givenAt optIn withConsent } tracking { source medium campaign content } } }`;

describe(`an export of ${count} actions while signatures arrive`, () => {
  let crash: CrashFleet;
  let org: TestOrg;
  let page: TestPage;

  beforeAll(async () => {
    crash = await CrashFleet.create('big-export');
    await crash.start();
    org = await anOrg(crash.fleet, { processing: { customActionDeliver: false } });
    page = await aPage(org, await aCampaign(org));
  });
  afterAll(() => crash?.stop());

  /** As they are once delivered: rows in clear of about 400 bytes. */
  const insertActions = async (): Promise<void> => {
    const place = [page.campaignId, page.id, count];
    const { sql } = crash.fleet;
    await sql.query(
      `insert into actions.supporters (campaign_id, action_page_id, fingerprint, area, processing_status, dupe_rank)
       select $1, $2, sha256(convert_to('person' || n, 'UTF8')), 'PL', 3, 0 from generate_series(1, $3) n`,
      place,
    );
    await sql.query(
      `insert into actions.contacts (supporter_id, org_id, payload, communication_consent, delivery_consent)
       select id, $1, convert_to(json_build_object('firstName', 'Harald', 'lastName', 'Bower', 'email', id || '@example.org',
         'country', 'PL', 'postcode', '02-123', 'comment', repeat('x', 250))::text, 'UTF8'), true, true
         from actions.supporters`,
      [org.id],
    );
    await sql.query(
      `insert into actions.actions (supporter_id, action_type, campaign_id, action_page_id, with_consent, fields, processing_status)
       select id, 'register', campaign_id, action_page_id, true, '{"comment": "please"}', 4
         from actions.supporters order by id`,
    );
    await sql.query('analyze actions.supporters, actions.contacts, actions.actions');
  };

  const exportable = async (): Promise<number[]> => {
    const { rows } = await crash.fleet.sql.query<{ id: number }>(
      `select a.id::int from actions.actions a join actions.contacts c on c.supporter_id = a.supporter_id
        where c.org_id = $1 and a.processing_status in (3, 4, 5) order by a.id`,
      [org.id],
    );
    return rows.map(({ id }) => id);
  };

  /** One signature after the other until stopped; how many were accepted. */
  const keepSigning = (): { stop(): Promise<number> } => {
    let isStopped = false;
    let signed = 0;
    const signing = (async () => {
      while (!isStopped) {
        const contact = { firstName: 'Harald', email: newEmail(), address: { country: 'PL' } };
        const signatures = Array.from({ length: 5 }, () =>
          crash.fleet.anonymous.data(signMutation, aSignature(page, { contact: { ...contact, email: newEmail() } })),
        );
        signed += (await Promise.all(signatures)).length;
        await new Promise((resolve) => setTimeout(resolve, signEveryMs));
      }
    })();
    return {
      stop: async () => {
        isStopped = true;
        await signing;
        return signed;
      },
    };
  };

  it(`has every action once, by id, in less than ${mostMb} MB of gateway memory`, async () => {
    await insertActions();
    await org.owner.data('query ($org: String!) { actions(orgName: $org, limit: 1) { actionId } }', { org: org.name });
    const { pid } = crash.fleet.service('api-gateway');
    const idle = new MemoryLog(pid);
    await idle.stop();
    const memory = new MemoryLog(pid);
    const crowd = keepSigning();
    const startedAt = Date.now();
    const seen: number[] = [];
    const pageMs: number[] = [];
    let start = 0;
    let isSigning = true;
    let signed = 0;
    for (;;) {
      const askedAt = performance.now();
      const { actions } = await org.owner.data<{ actions: { actionId: number }[] }>(pageQuery, {
        org: org.name,
        start,
        limit: pageSize,
      });
      pageMs.push(performance.now() - askedAt);
      for (const { actionId } of actions) seen.push(actionId);
      start = (seen.at(-1) ?? 0) + 1;
      // The end moves while people sign: once it is in sight they stop, and the pages go on to an empty one.
      if (isSigning && actions.length < pageSize) {
        signed = await crowd.stop();
        isSigning = false;
        await crash.fleet.sql.query('select pg_sleep(2)');
      } else if (actions.length === 0) break;
    }
    await memory.stop();
    const all = await exportable();
    const missing = new Set(all);
    for (const id of seen) missing.delete(id);
    pageMs.sort((left, right) => left - right);
    report('big-export', {
      count,
      signed,
      pages: pageMs.length,
      pageSize,
      seconds: (Date.now() - startedAt) / 1_000,
      pageMsMedian: Math.round(pageMs[Math.floor(pageMs.length / 2)] ?? 0),
      pageMsLongest: Math.round(pageMs.at(-1) ?? 0),
      idleMb: Math.round(idle.peakMb),
      peakMb: Math.round(memory.peakMb),
      samples: memory.samples.slice(0, 60),
      missing: missing.size,
      repeated: seen.length - new Set(seen).size,
    });
    expect(seen).toEqual(all);
    expect(all.length).toBe(count + signed);
    expect(memory.peakMb - idle.peakMb).toBeLessThan(mostGrowthMb);
    expect(memory.peakMb).toBeLessThan(mostMb);
  }, 600_000);
});
