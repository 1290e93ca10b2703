import type { TargetMailV1 } from '@groundswell/contracts';
import { seededRandom } from '@groundswell/testing';
import { SweepMessagesTask } from '../../src/intake/sweep-messages.task';
import { MttFixture } from './mtt-fixture';

/** Two weeks, each day from 09:00 to 17:00. In full: MTT_SIM_MESSAGES=1000000 MTT_SIM_TARGETS=700 MTT_SIM_TICK_MINUTES=3. */
const setting = (name: string, byDefault: number): number => Number(process.env[`MTT_SIM_${name}`] ?? byDefault);
const messageCount = setting('MESSAGES', 5_000);
const targetCount = setting('TARGETS', 20);
const tickMs = setting('TICK_MINUTES', 120) * 60_000;
const ceiling = setting('CEILING', 300);

const days = 14;
const perDay = 160;
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const startAt = Date.parse('2025-01-06T09:00:00Z');
const endAt = Date.parse('2025-01-19T17:00:00Z');
const silent = { info: () => undefined, warn: () => undefined } as never;

/** The cycle by the words of email-and-mtt.md §5.5, for a window that keeps within the day in UTC; null: closed. */
function cycleAt(now: number): number | null {
  const minutesToEnd = Math.trunc(((endAt % dayMs) - (now % dayMs)) / minuteMs);
  const daysLeft = Math.floor(endAt / dayMs) - Math.floor(now / dayMs);
  if (now >= endAt) return days * perDay;
  if (minutesToEnd < 0 || now % dayMs <= startAt % dayMs) return null;
  return days * perDay - (daysLeft * perDay + Math.trunc(minutesToEnd / 3));
}

/** Takes mail requests as email-delivery does, and notes what really went to whom. */
class Recipients {
  readonly sent = new Map<string, number>();
  readonly byDay = new Map<string, number>();
  private readonly purposes = new Set<string>();
  readonly doubled: string[] = [];

  send({ purpose, target }: TargetMailV1, now: number): void {
    if (this.purposes.has(purpose)) this.doubled.push(purpose);
    this.purposes.add(purpose);
    this.sent.set(target.id, (this.sent.get(target.id) ?? 0) + 1);
    const key = `${target.id} ${new Date(now).toISOString().slice(0, 10)}`;
    this.byDay.set(key, (this.byDay.get(key) ?? 0) + 1);
  }
}

let mtt: MttFixture;
let campaignId: number;
beforeAll(async () => {
  mtt = await MttFixture.create();
  campaignId = await mtt.aCampaign({
    start_at: new Date(startAt),
    end_at: new Date(endAt),
    max_per_target_per_day: ceiling,
  });
  await manyTargets();
  await manyActions();
  const sweep = new SweepMessagesTask(mtt.database, mtt.intake, silent, 60_000);
  for (let known = -1; known !== (await count('true'));) {
    known = await count('true');
    await sweep.run();
  }
}, 1_800_000);
afterAll(() => mtt.close());

async function manyTargets(): Promise<void> {
  await mtt.sql.query(
    `with made as (
       insert into catalog.targets (id, external_id, name, campaign_id)
       select gen_random_uuid(), 'sim' || n, 'Target ' || n, $1 from generate_series(1, $2) n returning id)
     insert into catalog.target_emails (target_id, email) select id, id || '@example.org' from made`,
    [campaignId, targetCount],
  );
}

/** One message each, to targets in turn; one in twenty is a person's second to the same target. */
async function manyActions(): Promise<void> {
  const number = `select n, case when n % 20 = 0 then n - ${targetCount} else n end as person from generate_series(1, ${messageCount}) n`;
  await mtt.sql.query(
    `with content as (insert into actions.message_contents (subject, body) values ('Please act', 'Dear') returning id),
          people as (
            insert into actions.supporters (id, campaign_id, action_page_id, fingerprint, first_name, email, processing_status)
            select n, $1, 1, sha256(person::text::bytea), 'P' || person, person || '@example.org', 3 from (${number}) p),
          signed as (
            insert into actions.actions (id, supporter_id, action_type, campaign_id, action_page_id, processing_status, inserted_at)
            select n, n, 'register', $1, 1, 4, $2::timestamptz - interval '1 day' from generate_series(1, ${messageCount}) n)
     insert into actions.messages (id, action_id, message_content_id, target_id)
     select n, n, content.id, t.id
       from content, generate_series(1, ${messageCount}) n
       join (select id, row_number() over (order by id) - 1 as k from catalog.targets where campaign_id = $1) t
         on t.k = n % ${targetCount}`,
    [campaignId, new Date(startAt)],
  );
  await mtt.sql.query('analyze actions.actions, actions.supporters, actions.messages');
}

async function count(where: string): Promise<number> {
  const { rows } = await mtt.sql.query<{ n: number }>(
    `select count(*)::int as n from mtt.message_states where campaign_id = ${campaignId} and ${where}`,
  );
  return rows[0]?.n ?? -1;
}

/** Totals by target, of what is to be sent. */
async function totals(): Promise<Map<string, number>> {
  const { rows } = await mtt.sql.query<{ id: string; n: number }>(
    `select target_id as id, count(*)::int as n from mtt.message_states where dupe_rank = 0 group by 1`,
  );
  return new Map(rows.map(({ id, n }) => [id, n]));
}

function ahead(recipients: Recipients, total: Map<string, number>, now: number): string[] {
  const cycle = cycleAt(now) ?? 0;
  return [...recipients.sent].flatMap(([id, sent]) => {
    const goal = Math.floor(((total.get(id) ?? 0) * cycle) / (days * perDay));
    return sent > goal ? [`${id} has ${sent} of ${goal} at ${new Date(now).toISOString()}`] : [];
  });
}

it(`${messageCount} messages to ${targetCount} targets in two weeks go once each, never ahead of their proportion, never over the ceiling`, async () => {
  const random = seededRandom(7);
  const recipients = new Recipients();
  const total = await totals();
  const toSend = [...total.values()].reduce((sum, n) => sum + n, 0);
  const problems: string[] = [];
  let planMs = 0;
  let ticks = 0;
  for (let now = startAt + 30_000; now < endAt + dayMs; now += tickMs) {
    const began = performance.now();
    const planned = await mtt.plan(campaignId, new Date(now).toISOString());
    planMs += performance.now() - began;
    ticks += 1;
    if (planned === 0) continue;
    const requests = await mtt.requests();
    // One in fifty cannot go just then: its target was disabled for a moment.
    const isReturned = new Set(requests.filter(() => random() < 0.02));
    const returned = [...isReturned];
    const sent = requests.filter((request) => !isReturned.has(request));
    for (const request of sent) recipients.send(request, now);
    await mtt.tell(returned, 'returned', new Date(now + 1_000).toISOString(), 'target disabled');
    await mtt.tell(sent, 'sent', new Date(now + 1_000).toISOString());
    if (cycleAt(now) === null) problems.push(`sent while closed, at ${new Date(now).toISOString()}`);
    problems.push(...ahead(recipients, total, now));
  }
  process.stderr.write(`${ticks} cycles, ${(planMs / ticks).toFixed(1)} ms each\n`);
  expect(problems).toEqual([]);
  expect(recipients.doubled).toEqual([]);
  expect(Math.max(...recipients.byDay.values())).toBeLessThanOrEqual(ceiling);
  expect([...recipients.sent.values()].reduce((sum, n) => sum + n, 0)).toBe(toSend);
  expect(await count(`state = 'sent' and dupe_rank = 0`)).toBe(toSend);
  expect(await count(`state <> 'sent' and dupe_rank = 0`)).toBe(0);
}, 7_200_000);
