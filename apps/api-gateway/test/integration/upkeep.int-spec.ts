import { adminMask } from '@groundswell/domain';
import { waitFor } from '@groundswell/testing';
import { insertSignature } from './exported-world';
import { FixesWorld, unique, type Person } from './fixes.fixture';

let world: FixesWorld;
let admin: Person;

beforeAll(async () => {
  world = await FixesWorld.start({ JOBS_POLL_MS: '50', EXPIRY_INTERVAL: '200' });
  admin = await world.person(adminMask);
});
afterAll(() => world.fleet.close());

const sql = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
  (await world.fleet.sql.query<Row>(text, values)).rows;

/** One for the whole file: its tests may begin before midnight and end after. */
const now = Date.now();
const monthsAgo = (months: number): Date => new Date(now - months * 31 * 86_400_000);
const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

interface Made {
  columns?: object;
  /** When its actions were. */
  actions?: Date[];
  testing?: Date[];
}

async function campaign({ columns = {}, actions = [], testing = [] }: Made): Promise<string> {
  const id = await world.addCampaign(world.lead, { status: 1, ...columns });
  const pageId = await world.addPage(world.lead, id);
  const sign = (at: Date, isTest: boolean) =>
    insertSignature(world.fleet, {
      ...{ pageId, campaignId: id, orgIds: [world.lead.id] },
      action: { inserted_at: at, testing: isTest },
    });
  for (const at of actions) await sign(at, false);
  for (const at of testing) await sign(at, true);
  return world.nameOf('campaigns', id);
}

interface Stored {
  status: number;
  start: string | null;
  end: string | null;
}

async function stored(name: string): Promise<Stored> {
  const [row] = await sql<Stored>(
    'select status, start_date::text as start, end_date::text as end from catalog.campaigns where name = $1',
    [name],
  );
  return row!;
}

interface Upkeep {
  dryRun: boolean;
  campaigns: string[] | null;
  jobId: string | null;
}

const run = async (mutation: string): Promise<Upkeep> =>
  (await world.dataOf<{ run: Upkeep }>(`mutation { run: ${mutation} { dryRun campaigns jobId } }`, {}, admin.token))
    .run;

const resultOf = (jobId: string | null): Promise<unknown> =>
  waitFor(async () => {
    const [job] = await sql<{ state: string; result: unknown }>(
      'select state, result from catalog.jobs where id = $1',
      [jobId],
    );
    return job?.state === 'complete' ? job.result : undefined;
  });

describe('idle campaigns', () => {
  let old: Record<'used' | 'dated' | 'unused', string>;
  let kept: string[];

  beforeAll(async () => {
    const made = monthsAgo(8);
    old = {
      used: await campaign({ actions: [monthsAgo(7), monthsAgo(4)], testing: [new Date()] }),
      dated: await campaign({ actions: [monthsAgo(6)], columns: { start_date: '2020-01-01', end_date: '2030-01-01' } }),
      unused: await campaign({ columns: { inserted_at: made }, testing: [monthsAgo(8)] }),
    };
    kept = [
      await campaign({ actions: [monthsAgo(7), new Date()] }),
      // Imported, so stored last.
      await campaign({ actions: [new Date(), monthsAgo(7)] }),
      await campaign({ columns: { inserted_at: monthsAgo(1) } }),
      await campaign({ actions: [monthsAgo(7)], columns: { status: 0 } }),
      await campaign({ actions: [monthsAgo(7)], columns: { status: 3 } }),
      await campaign({ actions: [monthsAgo(7)], columns: { deleted_at: new Date(), name: unique('gone') } }),
    ];
  });

  it('are named by a dry run, which changes nothing', async () => {
    const { campaigns, jobId, dryRun } = await run('closeIdleCampaigns');
    expect(campaigns).toEqual(expect.arrayContaining(Object.values(old)));
    expect(campaigns?.filter((name) => kept.includes(name))).toEqual([]);
    expect([jobId, dryRun]).toEqual([null, true]);
    expect(await stored(old.used)).toMatchObject({ status: 1 });
  });

  it('are closed by a job, with their missing dates, an event and an audit entry each', async () => {
    const before = await Promise.all(kept.map(stored));
    const { jobId } = await run('closeIdleCampaigns(dryRun: false, months: 3)');
    expect(await resultOf(jobId)).toEqual({ closed: 3, withActions: 2, withoutActions: 1 });
    expect(await stored(old.used)).toEqual({ status: 2, start: dayOf(monthsAgo(7)), end: dayOf(monthsAgo(4)) });
    expect(await stored(old.dated)).toEqual({ status: 2, start: '2020-01-01', end: '2030-01-01' });
    expect(await stored(old.unused)).toEqual({ status: 2, start: null, end: null });
    expect(await Promise.all(kept.map(stored))).toEqual(before);
    const audits = await sql<{ actor: string }>(
      `select actor_id as actor from catalog.audit_log where changeset->>'operation' = 'closeIdleCampaign'`,
    );
    expect(audits).toEqual(Array.from({ length: 3 }, () => ({ actor: String(admin.id) })));
    expect(await resultOf((await run('closeIdleCampaigns(dryRun: false)')).jobId)).toMatchObject({ closed: 0 });
  });
});

it('missing dates are filled in by the first and last action; an end only a month after that', async () => {
  const over = await campaign({ actions: [monthsAgo(4), monthsAgo(2), monthsAgo(5)], columns: { status: 0 } });
  const running = await campaign({ actions: [monthsAgo(2), new Date()] });
  const none = await campaign({});
  expect((await run('backfillCampaignDates')).campaigns).toEqual(expect.arrayContaining([over, running]));
  await resultOf((await run('backfillCampaignDates(dryRun: false)')).jobId);
  expect(await stored(over)).toEqual({ status: 0, start: dayOf(monthsAgo(5)), end: dayOf(monthsAgo(2)) });
  expect(await stored(running)).toEqual({ status: 1, start: dayOf(monthsAgo(2)), end: null });
  expect(await stored(none)).toMatchObject({ start: null, end: null });
});

it('codes and tokens that ended go, the others stay', async () => {
  const { id: userId } = await world.person();
  const confirm = (code: string, days: number) =>
    world.fleet.insert('confirms', {
      ...{ operation: 2, subject_id: world.lead.id, object_id: 1, code },
      expires_at: new Date(Date.now() - days * 86_400_000),
    });
  await confirm('111111111111', 31);
  await confirm('222222222222', 29);
  const token = (context: string, days: number) => {
    const at = new Date(Date.now() - days * 86_400_000);
    const bytes = Buffer.from(`${context} ${days}`);
    return world.fleet.insert('users_tokens', {
      ...{ user_id: userId, context, token: bytes, inserted_at: at, last_seen_at: at },
    });
  };
  for (const [context, days] of [
    ...[['session', 61] as const, ['confirm', 8] as const, ['reset_password', 2] as const],
    ...[['change:a@example.org', 8] as const, ['api', 32] as const],
  ]) {
    await token(context, days);
  }
  for (const [context, days] of [
    ['session', 59] as const,
    ['confirm', 6] as const,
    ['change:b@example.org', 6] as const,
  ]) {
    await token(context, days);
  }
  await waitFor(async () => {
    const left = await sql<{ context: string }>(
      `select context from catalog.users_tokens where user_id = $1 and token <> '' and inserted_at < now() - interval '1 day'
        order by 1`,
      [userId],
    );
    expect(left.map(({ context }) => context)).toEqual(['change:b@example.org', 'confirm', 'session']);
    const codes = await sql(`select code from catalog.confirms where code in ('111111111111', '222222222222')`);
    expect(codes).toEqual([{ code: '222222222222' }]);
    return true;
  });
});
