import { setTimeout as sleep } from 'node:timers/promises';
import { noTracing, parseTraceparent, type Logger, type Tracing } from '@groundswell/observability';
import type { Database } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import type { DisabledNotice } from './disabled-notice';
import { healthAfter, verdictOf, type HealthSettings, type Verdict } from './endpoint-health';
import { EndpointRepository } from './endpoint.repository';
import type { OutgoingPush, PushBackend, PushEndpoint, PushKind, PushResult } from './push-backend';
import { endOf, type ClaimedPush } from './push-end';
import type { PushMetrics } from './push-metrics';
import { endPushSpan, pushSpans } from './push-spans';
import { SendingRepository, type Claim, type EndedCall } from './sending.repository';

export interface CallTarget {
  endpoint: PushEndpoint;
  backend: PushBackend;
  claim: Claim;
}

/** Calls of one claim and of those that follow it, at most; then another org may be first. */
const callsInRow = 8;
/** How long an end is tried to be written; after that the claim ends by itself, and the call is made again. */
const writeRetryMs = [100, 500, 1_000, 2_000, 5_000, 5_000];

type Ended = { call: EndedCall; verdict: Verdict; pushes: readonly ClaimedPush[] };

/** Calls to one endpoint, one after another; every end is written before the next begins. */
export class PushCall {
  constructor(
    private readonly database: Database,
    private readonly notice: DisabledNotice,
    private readonly settings: HealthSettings,
    private readonly metrics: PushMetrics,
    private readonly logger: Logger,
    private readonly tracing: Tracing = noTracing,
  ) {}

  /**
   * Makes a call with `pushes`, and further ones with what is due for the same endpoint, while all goes well and `mayCall` says
   * so; `told` hears of each. Never throws: what cannot be written ends with its lease.
   */
  async run(
    target: CallTarget,
    pushes: readonly ClaimedPush[],
    { mayCall, told }: { mayCall: () => boolean; told: (verdict: Verdict) => void },
  ): Promise<void> {
    let batch = pushes;
    for (let calls = 1; batch.length > 0; calls += 1) {
      if (!mayCall()) return this.putBack(target.claim.token, batch);
      const ended = await this.callOnce(target, batch);
      told(ended.verdict);
      const goesOn = ended.verdict.kind === 'delivered' && calls < callsInRow && mayCall();
      batch = await this.finish(target, ended, goesOn);
    }
  }

  private async callOnce({ endpoint, backend, claim }: CallTarget, pushes: readonly ClaimedPush[]): Promise<Ended> {
    const beganAt = new Date();
    const startedAt = performance.now();
    const spans = pushSpans(this.tracing, endpoint, pushes);
    const results = await this.push(backend, endpoint, claim.kind, pushes, beganAt);
    const ends = pushes.map((push, at) => endOf(push, results[at] ?? noResult, this.settings));
    const latencyMs = Math.round(performance.now() - startedAt);
    ends.forEach((end, at) => endPushSpan(spans[at], end));
    const call = { token: claim.token, serviceId: endpoint.serviceId, beganAt, latencyMs, ends };
    return { call, verdict: verdictOf(results), pushes };
  }

  private async push(
    backend: PushBackend,
    endpoint: PushEndpoint,
    kind: PushKind,
    pushes: readonly ClaimedPush[],
    attemptedAt: Date,
  ): Promise<PushResult[]> {
    const outgoing = pushes.map(({ id, messageId, body }): OutgoingPush => ({
      id,
      messageId,
      kind,
      body,
      attemptedAt,
    }));
    try {
      return await backend.push(endpoint, outgoing);
    } catch (error) {
      // A backend never throws; should one, the pushes go on their schedule.
      this.logger.error({ err: error, backend: endpoint.kind, serviceId: endpoint.serviceId }, 'a backend threw');
      return pushes.map(() => ({ outcome: 'retry', error: 'the call ended in an error of ours' }));
    }
  }

  /** Returns what is called next. */
  private async finish(target: CallTarget, ended: Ended, goesOn: boolean): Promise<ClaimedPush[]> {
    this.tell(target, ended);
    let next = goesOn;
    for (const waitMs of [...writeRetryMs, null]) {
      try {
        return await this.write(target, ended, next);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.logger.warn(
          { reason, pushes: ended.call.ends.length, retryInMs: waitMs },
          'the end of a call is not written',
        );
        if (waitMs === null) break;
        // Whether the statement came through is not known: what it may have claimed ends with its lease.
        next = false;
        await sleep(waitMs);
      }
    }
    return [];
  }

  private async write(
    { claim, endpoint }: CallTarget,
    { call, verdict }: Ended,
    next: boolean,
  ): Promise<ClaimedPush[]> {
    if (verdict.kind === 'delivered') {
      return this.database.run(async (manager) => {
        const sending = new SendingRepository(manager);
        if (next) return sending.endAndClaim(call, { ...claim, isProbe: false });
        await sending.endHealthy(call);
        return [];
      });
    }
    const publish = await this.database.transaction(async (manager) => {
      const ended = await new SendingRepository(manager).end(call);
      // None is this claim's any more: somebody else calls the endpoint, and knows better how it is.
      return ended.length > 0 ? this.judge(manager, endpoint, verdict, claim) : null;
    });
    publish?.();
    return [];
  }

  private async judge(
    manager: EntityManager,
    { serviceId, orgId }: PushEndpoint,
    verdict: Exclude<Verdict, { kind: 'delivered' }>,
    { isProbe, version }: Claim,
  ): Promise<(() => void) | null> {
    const endpoints = new EndpointRepository(manager);
    const held = await endpoints.hold(serviceId, version);
    if (!held) return null;
    const { health: before, now } = held;
    const health = healthAfter(before, verdict, { isProbe, now, settings: this.settings });
    await endpoints.write(serviceId, version, health);
    const { disabledAt, disabledReason, lastError } = health;
    if (!disabledAt || before.disabledAt) return null;
    const reason = disabledReason ?? '';
    this.logger.warn({ serviceId, orgId, reason }, 'endpoint disabled');
    return this.notice.write(manager, { serviceId, orgId, disabledAt, reason, lastError });
  }

  private async putBack(token: string, pushes: readonly ClaimedPush[]): Promise<void> {
    const ids = pushes.map(({ id }) => id);
    try {
      await this.database.run((manager) => new SendingRepository(manager).release(token, ids));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn({ reason, pushes: ids.length }, 'pushes stay reserved until their lease ends');
    }
  }

  private tell({ endpoint, claim }: CallTarget, { call, pushes }: Ended): void {
    const { ends, latencyMs } = call;
    this.metrics.ended(endpoint.kind, ends, latencyMs);
    ends.forEach(({ state, attempts, attempt }, at) => {
      const { messageId, actionId, orgId, trace } = pushes[at] ?? {};
      const traceId = parseTraceparent(trace)?.traceId;
      const { serviceId } = endpoint;
      const { status } = attempt;
      const fields = {
        orgId,
        serviceId,
        messageId,
        actionId,
        traceId,
        kind: claim.kind,
        attempts,
        state,
        status,
        latencyMs,
      };
      if (state === 'delivered') this.logger.info(fields, 'pushed');
      else this.logger.warn({ ...fields, reason: attempt.error }, 'not pushed');
    });
  }
}

const noResult: PushResult = { outcome: 'retry', error: 'the backend gave no result for this message' };
