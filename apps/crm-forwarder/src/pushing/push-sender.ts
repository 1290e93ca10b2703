import { randomUUID } from 'node:crypto';
import type { Logger } from '@groundswell/observability';
import type { Database } from '@groundswell/persistence';
import { TurnLoop } from '@groundswell/service';
import { CallSlots, type SlotLimits } from './call-slots';
import { DueLaneReadModel, type DueLane, type StoredEndpoint } from './due-lane.read-model';
import type { Verdict } from './endpoint-health';
import type { EndpointOpener } from './endpoint-opener';
import { EndpointRepository } from './endpoint.repository';
import type { PushCall } from './push-call';
import type { PushMetrics } from './push-metrics';
import { PushRepository } from './push.repository';
import { SendingRepository, type Claim } from './sending.repository';

export interface SenderSettings {
  replicaId: string;
  slots: SlotLimits;
  leaseMs: number;
  pollMs: number;
  /** How long the one call after a rest may take. */
  probeMs: number;
  /** How often it is written why a lane is not called for. */
  explainMs: number;
}

/**
 * Sends what is due. Each turn reads what that is and where it goes by the settings of that moment, and claims for every
 * lane (org and kind) at most what is called at once: an endpoint that is slow or dead holds up nobody else's. Of endpoints
 * that do not answer, few calls wait; those that fail rest in the database, for all replicas, and one call tries after that.
 *
 * A lane without a service, or with one that is disabled, is passed over: its pushes stay due, no attempt of theirs is used
 * up, and the settings of the next turn count.
 *
 * At least once: `sending` is committed before the call; a process that ends in between leaves its rows until the lease ends,
 * and then they are called again under the same id.
 */
export class PushSender {
  private readonly slots: CallSlots;
  private readonly pushes = new PushRepository();
  private readonly explainedAt = new Map<string, number>();
  private readonly loop: TurnLoop;
  private turns = 0;

  constructor(
    private readonly database: Database,
    private readonly endpoints: EndpointOpener,
    private readonly call: PushCall,
    metrics: PushMetrics,
    private readonly logger: Logger,
    private readonly settings: SenderSettings,
  ) {
    this.slots = new CallSlots(settings.slots);
    const turn = () => this.turn().finally(() => metrics.look(this.slots.inUse));
    this.loop = new TurnLoop(turn, { pollMs: settings.pollMs, failed: 'pushing waits', logger });
  }

  start(): void {
    this.loop.start();
  }

  /** Something may be due. */
  wake(): void {
    this.loop.wake();
  }

  /** Calls under way are waited for, their ends written. */
  async stop(): Promise<void> {
    await this.loop.stop();
    await this.slots.idle();
    await this.endpoints.close();
  }

  private async turn(): Promise<void> {
    if (this.slots.free <= 0) return;
    const lanes = await this.database.run((manager) => new DueLaneReadModel(manager).find());
    const shares = this.sharesOf(lanes);
    // Another lane is first each time, so that none waits for the others when there are more of them than calls.
    this.turns += 1;
    const from = this.turns % Math.max(1, lanes.length);
    for (const lane of [...lanes.slice(from), ...lanes.slice(0, from)]) {
      if (this.loop.isStopped) return;
      await this.serve(lane, shares.get(lane.orgId) ?? 1);
    }
    this.forgetExplained(lanes);
  }

  /** Calls of one endpoint of an org: all, or half of them where both its endpoints have something due. */
  private sharesOf(lanes: readonly DueLane[]): Map<number, number> {
    const endpoints = new Map<number, Set<number>>();
    for (const { orgId, endpoint } of lanes) {
      if (!endpoint || endpoint.isDisabled || endpoint.isResting) continue;
      endpoints.set(orgId, (endpoints.get(orgId) ?? new Set()).add(endpoint.serviceId));
    }
    const { perOrg } = this.settings.slots;
    return new Map([...endpoints].map(([orgId, ids]) => [orgId, Math.ceil(perOrg / ids.size)]));
  }

  private async serve(lane: DueLane, share: number): Promise<void> {
    const { endpoint: stored } = lane;
    if (!stored) return this.explain(lane, `the org has no ${lane.kind === 'event' ? 'event' : 'push'} backend`);
    if (stored.isDisabled) return this.explain(lane, `the endpoint is disabled: ${stored.disabledReason ?? ''}`);
    if (stored.isResting) return;
    const { orgId } = lane;
    const isProbe = stored.restsInRow > 0;
    const allowed = this.slots.allowed({ orgId, serviceId: stored.serviceId }, share);
    if (allowed <= 0 || (isProbe && this.slots.isCalled(stored.serviceId))) return;
    await this.startCalls(lane, stored, isProbe ? 1 : allowed);
  }

  private async startCalls(lane: DueLane, stored: StoredEndpoint, calls: number): Promise<void> {
    const opened = this.endpoints.open(stored);
    if ('fault' in opened) return this.explain(lane, opened.fault);
    const { endpoint, backend } = opened;
    const { orgId, kind } = lane;
    const { serviceId, version } = stored;
    const isProbe = stored.restsInRow > 0;
    const { replicaId, leaseMs, probeMs } = this.settings;
    const token = `${replicaId}:${randomUUID()}`;
    const claim: Claim = { token, leaseMs, orgId, kind, serviceId, version, isProbe, limit: backend.batchSize };
    const pushes = await this.database.run(async (manager) => {
      if (isProbe && !(await new EndpointRepository(manager).beginProbe(serviceId, probeMs))) return [];
      return new SendingRepository(manager).claim({ ...claim, limit: calls * backend.batchSize });
    });
    for (let at = 0; at < pushes.length; at += backend.batchSize) {
      const batch = pushes.slice(at, at + backend.batchSize);
      this.slots.run({ orgId, serviceId }, async () => {
        const told = (verdict: Verdict): void => this.hear(serviceId, verdict);
        try {
          await this.call.run({ endpoint, backend, claim }, batch, { mayCall: () => !this.loop.isStopped, told });
        } catch (error) {
          // A fault of ours: what is reserved is free again when the lease ends.
          this.logger.error({ err: error, orgId, serviceId }, 'a call ended in an error of ours');
        }
        this.wake();
      });
    }
  }

  private hear(serviceId: number, { kind }: Verdict): void {
    if (kind === 'delivered') this.slots.succeeded(serviceId);
    else if (kind !== 'answered') this.slots.failed(serviceId);
  }

  /** Shown with the pushes; written some at a time, so that the backlog of one org holds up nobody. */
  private async explain({ orgId, kind }: DueLane, reason: string): Promise<void> {
    const key = `${orgId}:${kind}:${reason}`;
    const now = performance.now();
    if (now - (this.explainedAt.get(key) ?? -Infinity) < this.settings.explainMs) return;
    this.explainedAt.set(key, now);
    const written = await this.database.run((manager) => this.pushes.explain(manager, { orgId, kind }, reason));
    if (written > 0) this.logger.warn({ orgId, kind, reason, pushes: written }, 'pushes wait');
  }

  /** Lanes that are served again, or are empty. */
  private forgetExplained(lanes: readonly DueLane[]): void {
    if (this.explainedAt.size <= lanes.length) return;
    const due = new Set(lanes.map(({ orgId, kind }) => `${orgId}:${kind}:`));
    for (const key of this.explainedAt.keys()) {
      const [orgId, kind] = key.split(':');
      if (!due.has(`${orgId}:${kind}:`)) this.explainedAt.delete(key);
    }
  }
}
