import { outsideTraces, traceOf, type Trace } from '@groundswell/observability';
import type { Database } from '../database';
import { noRelayMetrics, type RelayFigures, type RelayMetrics } from '../measuring/outbox-metrics';
import type { OutboxMessage, OutboxRepository, OutboxRow } from './outbox.repository';

/** What the relay needs of a publisher; `Publisher` of libs/messaging fits. */
export interface OutboxPublisher {
  publishAll(messages: PublishableMessage[]): Promise<PublishedResult[]>;
}
export interface PublishableMessage {
  exchange: string;
  routingKey: string;
  body: string;
  messageId: string;
  type?: string;
  headers: Record<string, string | number | boolean>;
  /** When it is handed to the broker. */
  timestamp?: Date;
  mandatory: boolean;
  /** By its headers: the row's own, never that of whoever woke the relay. */
  trace?: Trace | null;
}
export type PublishedResult =
  { status: 'confirmed' } | { status: 'returned' } | { status: 'unavailable'; reason: string };

/** Whether a lane may be published now. `unrouted`: nobody reads this message in the lane's present topology. */
export type LaneVerdict = 'open' | 'closed';
export interface LaneGate {
  /** Closed while the lane's queues are not confirmed at their present version, or are full. */
  lane(lane: number): LaneVerdict;
  /**
   * `expected`: some queue must take it, a return is a failure. `optional`: published, fine if nobody listens.
   * `unrouted`: no queue is meant to have it, the row is done without publishing.
   */
  reader(message: OutboxMessage): 'expected' | 'optional' | 'unrouted';
}

export interface RelayLogger {
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export interface RelaySettings {
  /** How often the table is looked at for rows no process holds, ms. */
  pollMs: number;
  /** Rows of the table published per lane and round, and bytes of their bodies: what is offered meanwhile comes between rounds. */
  batchSize: number;
  batchBytes: number;
  /** Rows of the table on their way to one lane's queue at once. */
  unconfirmedPerLane: number;
  /** Rows that may wait in memory for their first try; further ones are left to the table. */
  memoryLimit: number;
  /** Bytes of bodies that may wait in memory, counted as characters. */
  memoryBytes: number;
  /** Lanes drained from the table at once, and batches each gets before the others' turn. */
  lanesAtOnce: number;
  roundsPerTurn: number;
  firstBackoffMs: number;
  longestBackoffMs: number;
}

export const defaultRelaySettings: RelaySettings = {
  pollMs: 500,
  batchSize: 100,
  batchBytes: 4 * 1024 * 1024,
  // RabbitMQ blocks a channel with 32 messages that a quorum queue has not taken yet, and 3.10 does not unblock it when that
  // queue is deleted (docs/adr/0018). Lost messages of a deleted queue come this way.
  unconfirmedPerLane: 30,
  // Well below the 5 000 unconfirmed messages a publisher allows, so that lanes read from the table find room too.
  memoryLimit: 3_000,
  memoryBytes: 8 * 1024 * 1024,
  lanesAtOnce: 4,
  roundsPerTurn: 20,
  firstBackoffMs: 500,
  longestBackoffMs: 60_000,
};

/** Reasons that say nothing about the lane: see UnavailableReason of libs/messaging. */
const brokerFaults = new Set(['no_channel', 'blocked', 'suspect', 'too_many_unconfirmed', 'closed']);

const sizeOf = (messages: readonly { body: string }[]): number =>
  messages.reduce((sum, { body }) => sum + body.length, 0);

interface LaneState {
  busy: boolean;
  /** Rows of it were seen while it was busy, maybe after it had looked. */
  isWaitedFor: boolean;
  failures: number;
  openAt: number;
}

/**
 * Publishes outbox rows per recipient org, each lane with its own backoff, so one org's full or missing queue holds
 * back nobody else. Rows come from memory right after their commit, or from the table (after a crash, a backoff or an
 * overflow). A row may be published twice under one message id, never zero times.
 */
export class OutboxRelay {
  private readonly lanes = new Map<number, LaneState>();
  private readonly inFlight = new Set<Promise<void>>();
  private waitingInMemory = 0;
  private bytesInMemory = 0;
  private draining = 0;
  /** Where the last round over the lanes stopped, so that all get their turn. */
  private lastLane = -1;
  private pausedUntil = 0;
  /** How often the broker took messages again: what failed before the last time says nothing of what comes. */
  private resumptions = 0;
  private timer: NodeJS.Timeout | null = null;
  private stopped = true;
  private polling = false;
  /** Asked for while one was under way. */
  private isPollWanted = false;

  constructor(
    private readonly database: Database,
    private readonly outbox: OutboxRepository,
    private readonly publisher: OutboxPublisher,
    private readonly gate: LaneGate,
    private readonly logger: RelayLogger,
    private readonly settings: RelaySettings = defaultRelaySettings,
    private readonly metrics: RelayMetrics = noRelayMetrics,
  ) {}

  get figures(): RelayFigures {
    const now = Date.now();
    return {
      memoryRows: this.waitingInMemory,
      memoryBytes: this.bytesInMemory,
      draining: this.draining,
      backingOff: [...this.lanes.values()].filter(({ openAt }) => openAt > now).length,
      isPaused: this.pausedUntil > now,
    };
  }

  start(): void {
    this.stopped = false;
    this.schedule();
  }

  /** Finishes what is being published, then stops. Rows left keep their place in the table. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await Promise.allSettled([...this.inFlight]);
  }

  /** Whether these may be inserted as claimed and handed to `offer` after commit. */
  hasRoom(messages: readonly { body: string }[]): boolean {
    return (
      !this.stopped &&
      this.waitingInMemory + messages.length <= this.settings.memoryLimit &&
      this.bytesInMemory + sizeOf(messages) <= this.settings.memoryBytes
    );
  }

  /** Publishes rows that were inserted as claimed and are committed. Never waits, never throws. */
  offer(rows: OutboxRow[]): void {
    const byLane = new Map<number, OutboxRow[]>();
    for (const row of rows) {
      const lane = byLane.get(row.lane);
      if (lane) lane.push(row);
      else byLane.set(row.lane, [row]);
    }
    this.waitingInMemory += rows.length;
    this.bytesInMemory += sizeOf(rows);
    for (const [lane, laneRows] of byLane) {
      this.track(
        this.publishRows(lane, laneRows, this.isLaneOpen(lane), laneRows.length).finally(() => {
          this.waitingInMemory -= laneRows.length;
          this.bytesInMemory -= sizeOf(laneRows);
        }),
      );
    }
  }

  /** Looks at the table now instead of at the next poll. */
  wake(): void {
    this.pausedUntil = 0;
    for (const state of this.lanes.values()) state.openAt = 0;
    this.pollSoon();
  }

  /** The broker takes messages again; lanes with troubles of their own go on waiting. */
  resume(): void {
    this.resumptions += 1;
    this.pausedUntil = 0;
    this.pollSoon();
  }

  private schedule(delayMs = this.settings.pollMs): void {
    if (this.stopped) return;
    if (this.timer) clearTimeout(this.timer);
    // A poll that a request asked for is not part of it.
    this.timer = outsideTraces(() => setTimeout(() => this.track(this.poll()), delayMs));
  }

  /** One that is under way may have looked already, and sets the timer when it ends: it is told. */
  private pollSoon(): void {
    if (this.polling) this.isPollWanted = true;
    else this.schedule(0);
  }

  private track(work: Promise<void>): void {
    const guarded = work.catch((error: unknown) => {
      this.logger.warn({ reason: error instanceof Error ? error.message : String(error) }, 'outbox relay paused');
    });
    this.inFlight.add(guarded);
    void guarded.finally(() => this.inFlight.delete(guarded));
  }

  private async poll(): Promise<void> {
    this.polling = true;
    this.isPollWanted = false;
    try {
      const waiting = await this.database.run((manager) => this.outbox.waitingLanes(manager));
      const inTurn = [...waiting.filter((lane) => lane > this.lastLane), ...waiting.filter((l) => l <= this.lastLane)];
      for (const lane of inTurn) {
        if (this.draining >= this.settings.lanesAtOnce) break;
        const state = this.laneState(lane);
        if (state.busy) state.isWaitedFor = true;
        if (state.busy || !this.isLaneOpen(lane)) continue;
        this.lastLane = lane;
        this.track(this.drainLane(lane));
      }
    } finally {
      this.polling = false;
      this.schedule(this.isPollWanted ? 0 : this.settings.pollMs);
    }
  }

  private async drainLane(lane: number): Promise<void> {
    const state = this.laneState(lane);
    state.busy = true;
    state.isWaitedFor = false;
    this.draining += 1;
    try {
      for (let round = 0; round < this.settings.roundsPerTurn && !this.stopped && this.isLaneOpen(lane); round += 1) {
        const { batchSize, batchBytes } = this.settings;
        const rows = await this.database.run((manager) => this.outbox.claim(manager, lane, batchSize, batchBytes));
        if (rows.length === 0) return;
        await this.publishRows(lane, rows, true, this.settings.unconfirmedPerLane);
      }
      // More may wait: the next turn comes as soon as the other lanes had theirs.
      this.pollSoon();
    } finally {
      state.busy = false;
      this.draining -= 1;
      if (state.isWaitedFor) this.pollSoon();
    }
  }

  private async publishRows(lane: number, rows: OutboxRow[], open: boolean, atOnce: number): Promise<void> {
    const { resumptions } = this;
    if (!open) return this.giveBack(rows, 'lane closed', resumptions);
    const toSend: OutboxRow[] = [];
    const unrouted: number[] = [];
    const erased: number[] = [];
    const publishable: PublishableMessage[] = [];
    for (const row of rows) {
      const reader = this.gate.reader(row);
      if (row.isErased) erased.push(row.id);
      else if (reader === 'unrouted') unrouted.push(row.id);
      else {
        toSend.push(row);
        publishable.push(toPublishable(row, reader === 'expected'));
      }
    }
    const results = await this.publishInTurn(publishable, atOnce);
    const sent: number[] = [];
    const failed: OutboxRow[] = [];
    let reason = '';
    results.forEach((result, index) => {
      const row = toSend[index];
      if (!row) return;
      if (result.status === 'confirmed') sent.push(row.id);
      else {
        failed.push(row);
        reason = result.status === 'returned' ? 'no queue took it' : result.reason;
      }
    });
    await this.database.run((manager) => this.outbox.settle(manager, sent, 'sent'));
    await this.database.run((manager) => this.outbox.settle(manager, unrouted, 'unrouted'));
    await this.database.run((manager) => this.outbox.settle(manager, erased, 'erased'));
    this.count({ sent: sent.length, unrouted: unrouted.length, erased: erased.length, failed: failed.length });
    if (failed.length > 0) {
      if (!brokerFaults.has(reason)) this.backOff(lane, reason, failed.length);
      else if (resumptions === this.resumptions) this.pauseAll(reason);
      await this.giveBack(failed, reason, resumptions);
    } else if (sent.length > 0) {
      this.laneState(lane).failures = 0;
    }
  }

  /** One result per message, in their order. Once one is `unavailable`, what follows its portion is not tried and fails likewise. */
  private async publishInTurn(messages: PublishableMessage[], atOnce: number): Promise<PublishedResult[]> {
    const results: PublishedResult[] = [];
    while (results.length < messages.length) {
      const taken = await this.publisher.publishAll(messages.slice(results.length, results.length + atOnce));
      results.push(...taken);
      const failure = taken.find(({ status }) => status === 'unavailable');
      if (failure) while (results.length < messages.length) results.push(failure);
    }
    return results;
  }

  private count(rows: Readonly<Record<string, number>>): void {
    for (const [outcome, count] of Object.entries(rows)) if (count > 0) this.metrics.rows(outcome, count);
  }

  /** `resumptions`: their number when these were taken. */
  private async giveBack(rows: OutboxRow[], reason: string, resumptions: number): Promise<void> {
    const ids = rows.map((row) => row.id);
    await this.database.run((manager) => this.outbox.release(manager, ids, reason));
    // The look at the table that came with the new channel may have come before they were back.
    if (resumptions !== this.resumptions) this.pollSoon();
  }

  /** The broker takes nothing from anybody: no lane is at fault, and none waits longer than the others for it. */
  private pauseAll(reason: string): void {
    if (this.pausedUntil <= Date.now()) this.logger.warn({ reason }, 'outbox relay waits for the broker');
    this.pausedUntil = Date.now() + this.settings.firstBackoffMs;
  }

  /** Batches that were under way together and failed for the same trouble count once. */
  private backOff(lane: number, reason: string, rows: number): void {
    const state = this.laneState(lane);
    if (state.openAt > Date.now()) return;
    state.failures += 1;
    const longest = Math.min(this.settings.firstBackoffMs * 2 ** (state.failures - 1), this.settings.longestBackoffMs);
    state.openAt = Date.now() + longest * (0.5 + Math.random() / 2);
    this.logger.warn({ lane, reason, rows, retryInMs: Math.round(state.openAt - Date.now()) }, 'outbox lane backs off');
  }

  /** Whether rows of this lane would be published now. */
  isLaneOpen(lane: number): boolean {
    if (this.stopped || this.pausedUntil > Date.now()) return false;
    const state = this.laneState(lane);
    if (this.gate.lane(lane) === 'open') return state.openAt <= Date.now();
    // What it failed for is being repaired: once its queues are whole again, nothing is left to wait for.
    state.failures = 0;
    state.openAt = 0;
    return false;
  }

  private laneState(lane: number): LaneState {
    let state = this.lanes.get(lane);
    if (!state) {
      state = { busy: false, isWaitedFor: false, failures: 0, openAt: 0 };
      this.lanes.set(lane, state);
    }
    return state;
  }
}

const toPublishable = (row: OutboxRow, mandatory: boolean): PublishableMessage => ({
  exchange: row.exchange,
  routingKey: row.routingKey,
  body: row.body,
  messageId: row.messageId,
  type: row.type ?? undefined,
  headers: row.headers,
  timestamp: new Date(),
  mandatory,
  trace: traceOf(row.headers),
});
