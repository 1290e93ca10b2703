import type { Metrics } from '@groundswell/observability';
import type { QueueSet, QueueSetState } from './queue-set.repository';

const states: QueueSetState[] = ['pending', 'confirmed', 'damaged'];

/** What the rounds show to Prometheus. */
export class RoundMetrics {
  private readonly scopes;
  private readonly leaderless;
  private readonly drifts;
  private readonly rounds;
  private readonly seconds;
  private readonly active;
  private readonly movedMessages;

  constructor(metrics: Metrics) {
    this.scopes = metrics.gauge('groundswell_topology_scopes', 'Scopes (system, orgs) by state', ['state']);
    this.leaderless = metrics.gauge('groundswell_topology_leaderless_queues', 'Queues of ours that no node leads');
    this.drifts = metrics.counter('groundswell_topology_drift_total', 'Confirmed scopes that were found incomplete');
    this.rounds = metrics.counter('groundswell_topology_rounds_total', 'Rounds by how they ended', ['outcome']);
    this.seconds = metrics.histogram('groundswell_topology_round_seconds', 'Duration of one round');
    this.movedMessages = metrics.counter('groundswell_topology_moved_messages_total', 'Messages moved after renames');
    this.active = metrics.gauge('groundswell_topology_active', '1 on the replica that reconciles');
  }

  states(rows: Iterable<QueueSet>): void {
    const counts = new Map<QueueSetState, number>();
    for (const { state } of rows) counts.set(state, (counts.get(state) ?? 0) + 1);
    for (const state of states) this.scopes.set({ state }, counts.get(state) ?? 0);
  }

  round({ drifted, leaderless }: { drifted: number; leaderless: number }): void {
    this.drifts.inc(drifted);
    this.leaderless.set(leaderless);
  }

  moved(messages: number): void {
    this.movedMessages.inc(messages);
  }

  ended(outcome: 'done' | 'failed', startedAt: number): void {
    this.rounds.inc({ outcome });
    this.seconds.observe((performance.now() - startedAt) / 1000);
  }

  role(isActive: boolean): void {
    this.active.set(isActive ? 1 : 0);
  }
}
