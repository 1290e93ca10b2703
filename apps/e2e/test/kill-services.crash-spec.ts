import { randomBytes } from 'node:crypto';
import { connect, type ChannelModel } from 'amqplib';
import { waitFor } from '@groundswell/testing';
import { aCampaign, anOrg, aPage, type TestOrg, type TestPage } from '../src/campaign-world';
import { signMany } from '../src/ledger';
import { TestFleet } from '../src/test-fleet';

/** Signatures per killed service. */
const count = Number(process.env['CRASH_COUNT'] ?? 3_000);
const settleDeadlineMs = 120_000;

describe('kill -9 in the middle of signatures', () => {
  let fleet: TestFleet;
  let org: TestOrg;
  let page: TestPage;
  let crm: ChannelModel;
  /** token → message ids under which it arrived. */
  const arrived = new Map<string, Set<string>>();

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await fleet.start();
    org = await anOrg(fleet);
    page = await aPage(org, await aCampaign(org));
    crm = await connect(await fleet.crmLogin(org.id));
    const channel = await crm.createChannel();
    await channel.prefetch(1_000);
    await channel.consume(`${org.name}.crm`, (message) => {
      if (!message) return;
      const body = JSON.parse(message.content.toString()) as { action: { customFields: { token: string } } };
      const ids = arrived.get(body.action.customFields.token) ?? new Set<string>();
      arrived.set(body.action.customFields.token, ids.add(String(message.properties.messageId)));
      channel.ack(message);
    });
  });
  afterAll(async () => {
    await crm?.close();
    await fleet.stop();
  });

  it.each(['action-ingest', 'topology-service', 'api-gateway'] as const)(
    'loses and doubles nobody when %s dies',
    async (name) => {
      const run = `${name}-${randomBytes(4).toString('hex')}`;
      const victim = fleet.service(name);
      const killings: Promise<void>[] = [];
      const kill = async (): Promise<void> => {
        await victim.kill('SIGKILL');
        await victim.restart();
        await victim.ready({ deadlineMs: 60_000 });
      };
      const ledger = await signMany({
        gatewayUrl: fleet.gatewayUrl,
        pageId: page.id,
        count,
        concurrency: 32,
        duplicateEvery: 10,
        run,
        onProgress: (answered) => {
          if (answered >= count / 2 && killings.length === 0) killings.push(kill());
        },
      });
      await Promise.all(killings);
      const accepted = [...ledger].filter(([, verdict]) => verdict === 'accepted').map(([token]) => token);
      expect(accepted.length).toBeGreaterThan(count / 2);
      const stored = await waitForAll(run, accepted);
      expect([...stored.values()].filter((times) => times > 1)).toEqual([]);
      expect([...stored.keys()].filter((token) => !ledger.has(token))).toEqual([]);
      await waitFor(() => [...stored.keys()].every((token) => arrived.has(token)), settleDeadlineMs);
      const ambiguous = [...stored.keys()].filter((token) => arrived.get(token)?.size !== 1);
      expect(ambiguous).toEqual([]);
      expect(await brokenRanks()).toBe(0);
      const { rows } = await fleet.sql.query('select count(*)::int as n from actions.parked');
      expect(rows[0].n).toBe(0);
      process.stderr.write(
        `${name}: ${ledger.size} sent, ${accepted.length} accepted, ${stored.size} stored, 0 lost, 0 doubled\n`,
      );
    },
  );

  /** Times each token of this run was stored, once every accepted one is there. */
  async function waitForAll(run: string, accepted: string[]): Promise<Map<string, number>> {
    return waitFor(async () => {
      const { rows } = await fleet.sql.query<{ token: string; times: number }>(
        `select fields->>'token' as token, count(*)::int as times from actions.actions
          where fields->>'token' like $1 || '-%' group by 1`,
        [run],
      );
      const stored = new Map(rows.map(({ token, times }) => [token, times]));
      return accepted.every((token) => stored.has(token)) && stored;
    }, settleDeadlineMs);
  }

  /** People of this campaign without exactly one accepted signature of rank 0. */
  async function brokenRanks(): Promise<number> {
    const { rows } = await fleet.sql.query(
      `select count(*)::int as n from (
         select fingerprint from actions.supporters where campaign_id = $1 and processing_status = 3
          group by fingerprint having count(*) filter (where dupe_rank = 0) <> 1
              or max(dupe_rank) <> count(*) - 1) broken`,
      [page.campaignId],
    );
    return rows[0].n as number;
  }
});
