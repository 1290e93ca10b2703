import { Metrics } from '@groundswell/observability';
import { mostShown, WatchMetrics } from './watch-metrics';

it('shows each queue and org in trouble, and adds up those beyond the limit', async () => {
  const metrics = new Metrics('topology-service', { withProcessMetrics: false });
  const watch = new WatchMetrics(metrics);
  const some = Array.from({ length: mostShown + 2 }, (_, at) => `org${at}.crm`);
  watch.stuck(new Map(some.map((queue) => [queue, 3])));
  watch.full(some);
  watch.alerts(some.map((queue) => ({ queue, kind: 'unread' })));
  const lines = (await metrics.text()).split('\n');
  const series = (name: string) => lines.filter((line) => line.startsWith(`${name}{`));
  expect(series('groundswell_topology_stuck_messages')).toHaveLength(mostShown + 1);
  expect(lines).toContain('groundswell_topology_stuck_messages{queue="org0.crm",service="topology-service"} 3');
  expect(lines).toContain('groundswell_topology_stuck_messages{queue="other",service="topology-service"} 6');
  expect(lines).toContain('groundswell_topology_full{scope="other",service="topology-service"} 2');
  expect(lines).toContain(
    'groundswell_topology_queue_alerts{queue="other",kind="unread",service="topology-service"} 2',
  );
  watch.full([]);
  expect(await metrics.text()).not.toContain('groundswell_topology_full{');
});
