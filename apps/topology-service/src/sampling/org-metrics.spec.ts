import { Metrics } from '@groundswell/observability';
import { noWork, type WaitingWork } from '@groundswell/persistence';
import { mostOrgs, OrgMetrics, type ShownOrg } from './org-metrics';

const aRow = (columns: Partial<WaitingWork>): WaitingWork => ({
  ...noWork,
  ...{ kind: 'outbox', owner: 'action-ingest', name: 'outbox', orgId: null, reason: null },
  ...columns,
});

const greens: ShownOrg = { id: 7, name: 'greens' };

async function shown(orgs: ShownOrg[], work: WaitingWork[]): Promise<string[]> {
  const metrics = new Metrics('topology-service', { withProcessMetrics: false });
  new OrgMetrics(metrics).show(orgs, work);
  const lines = (await metrics.text()).split('\n').filter((line) => /^groundswell_org_waiting_work\{/.test(line));
  return lines.map((line) =>
    line.replace('groundswell_org_waiting_work', '').replace(',service="topology-service"', ''),
  );
}

it('adds up what waits for an org, by kind: its lanes, and queues called after it or its id', async () => {
  const lines = await shown(
    [greens],
    [
      aRow({ orgId: 7, waiting: 2 }),
      aRow({ orgId: 7, owner: 'notify-service', delayed: 3 }),
      aRow({ kind: 'broker', name: 'greens.crm', waiting: 5 }),
      aRow({ kind: 'broker', name: 'cus.7.deliver', active: 1 }),
      aRow({ kind: 'parked', name: 'greens.webhook', dead: 4 }),
    ],
  );
  expect(lines).toEqual([
    '{org_id="7",org="greens",kind="outbox",state="waiting"} 5',
    '{org_id="7",org="greens",kind="outbox",state="failed"} 0',
    '{org_id="7",org="greens",kind="broker",state="waiting"} 6',
    '{org_id="7",org="greens",kind="broker",state="failed"} 0',
    '{org_id="7",org="greens",kind="parked",state="waiting"} 0',
    '{org_id="7",org="greens",kind="parked",state="failed"} 4',
  ]);
});

it("leaves out what is nobody's, and what is empty", async () => {
  const work = [
    aRow({ orgId: 0, waiting: 9 }),
    aRow({ orgId: -1, waiting: 9 }),
    aRow({ kind: 'broker', name: 'system.events', waiting: 9 }),
    aRow({ kind: 'broker', name: 'strangers.crm', waiting: 9 }),
    aRow({ kind: 'spool', name: 'spool', waiting: 9 }),
    aRow({ orgId: 7 }),
  ];
  expect(await shown([greens], work)).toEqual([]);
});

it('adds up orgs beyond the limit', async () => {
  const orgs = Array.from({ length: mostOrgs + 2 }, (_, at) => ({ id: at + 1, name: `org${at + 1}` }));
  const work = [mostOrgs, mostOrgs + 1, mostOrgs + 2].map((orgId) => aRow({ orgId, waiting: 1 }));
  expect((await shown(orgs, work)).filter((line) => line.includes('waiting'))).toEqual([
    `{org_id="${mostOrgs}",org="org${mostOrgs}",kind="outbox",state="waiting"} 1`,
    '{org_id="other",org="other",kind="outbox",state="waiting"} 2',
  ]);
});
