import { Metrics } from '@groundswell/observability';
import { watchCatalogue } from './catalogue-metrics';
import { prometheusRelay, watchRelay } from './outbox-metrics';
import { prometheusTasks } from './task-metrics';

let metrics: Metrics;
beforeEach(() => (metrics = new Metrics('mtt-service', { withProcessMetrics: false })));

const shown = async (start: string): Promise<string[]> => {
  const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith(start));
  return lines.map((line) => line.replace(/,?service="mtt-service"/, ''));
};

it('tells which replica runs a task, and how its runs end', async () => {
  const tasks = prometheusTasks(metrics);
  tasks.turned('plan', 'done', 20);
  tasks.turned('plan', 'failed', 10);
  tasks.turned('sweep', 'elsewhere', 0);
  expect(await shown('groundswell_task_runs_total{')).toEqual([
    'groundswell_task_runs_total{task="plan",outcome="done"} 1',
    'groundswell_task_runs_total{task="plan",outcome="failed"} 1',
  ]);
  expect(await shown('groundswell_task_lease_held{')).toEqual([
    'groundswell_task_lease_held{task="plan"} 1',
    'groundswell_task_lease_held{task="sweep"} 0',
  ]);
  const [done] = await shown('groundswell_task_last_done_timestamp_seconds{');
  expect(Number(done?.split(' ')[1])).toBeCloseTo(Date.now() / 1_000, -2);
});

it('shows what a relay holds, and adds up what it dealt with', async () => {
  const figures = { memoryRows: 3, memoryBytes: 900, draining: 1, backingOff: 2, isPaused: true };
  watchRelay(metrics, { figures });
  prometheusRelay(metrics).rows('sent', 4);
  prometheusRelay(metrics).rows('sent', 1);
  expect(await shown('groundswell_outbox_')).toEqual([
    'groundswell_outbox_rows_total{outcome="sent"} 5',
    'groundswell_outbox_memory_rows{} 3',
    'groundswell_outbox_memory_bytes{} 900',
    'groundswell_outbox_lanes{state="draining"} 1',
    'groundswell_outbox_lanes{state="backing_off"} 2',
    'groundswell_outbox_paused{} 1',
  ]);
});

it('tells how old a catalogue is that was never compared by how long the process runs', async () => {
  const catalogue = { version: 0, comparedAgoMs: null as number | null };
  watchCatalogue(metrics, catalogue);
  const age = async () => Number((await shown('groundswell_catalogue_age_seconds{'))[0]?.split(' ')[1]);
  expect(await age()).toBeGreaterThan(0);
  catalogue.comparedAgoMs = 1_500;
  expect(await age()).toBe(1.5);
});
