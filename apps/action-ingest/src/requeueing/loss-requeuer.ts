import { setTimeout as pause } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { actionIdOfStageMessage } from '@groundswell/contracts';
import type { Logger } from '@groundswell/observability';
import type { Catalogue, Database, OutboxMessage, OutboxRepository } from '@groundswell/persistence';
import type { OpenLoss, RequeuedLossRepository } from './requeued-loss.repository';
import type { StageRebuilder } from './stage-rebuilder';

/** Rows an org may have in the outbox before a loss adds more: what people sign now must not wait behind a whole backlog. */
const waitingLimit = 20_000;
/** Messages rebuilt and put into the outbox at once: a few milliseconds in which signatures of other orgs wait. */
const messagesPerPage = 50;
/** After each page others have this process, and its part of the database, for so many times as long as the page took. */
const restPerWork = 3;
/** Longest run, ms: less than the lease of the task, and a stopping process does not wait long. */
const longestRunMs = 8_000;

type Step = 'more' | 'wait' | 'done';

/**
 * Sends again what a damaged queue lost (processing.md §7.4, §7.6). Each page is one transaction that puts the messages
 * back into the outbox under the ids they had and takes them off the loss, so a crash repeats no page and skips none.
 * Twice is safe: a loss is locked by who works on it, and readers know a repeated id. Small pages with rests between them,
 * so that what other orgs' people sign in the meantime waits for little of it (`neighbours` in apps/e2e).
 */
export class LossRequeuer {
  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly outbox: OutboxRepository,
    private readonly losses: RequeuedLossRepository,
    private readonly rebuilder: StageRebuilder,
    private readonly logger: Logger,
  ) {}

  /** Losses take turns, page by page, until each is done or has to wait for the relay. */
  async run(): Promise<void> {
    const ids = await this.database.transaction((manager) => this.losses.openIds(manager));
    if (ids.length === 0) return;
    await this.catalogue.refresh();
    const turns = ids.map((lossId) => ({ lossId, after: '' }));
    const startedAt = performance.now();
    for (let at = startedAt; at - startedAt < longestRunMs && turns.length > 0; at = performance.now()) {
      const turn = turns.shift();
      if (turn && (await this.attempt(turn)) === 'more') turns.push(turn);
      await pause(restPerWork * (performance.now() - at));
    }
  }

  /** One loss that fails does not keep the others from their turn; it is tried again in the next run. */
  private async attempt(turn: { lossId: number; after: string }): Promise<Step> {
    try {
      return await this.step(turn);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn({ lossId: turn.lossId, reason }, 'requeueing a loss failed, tried again');
      return 'wait';
    }
  }

  private async step(turn: { lossId: number; after: string }): Promise<Step> {
    const { step, loss } = await this.database.transaction(async (manager) => {
      const locked = await this.losses.lock(manager, turn.lossId);
      if (!locked) return { step: 'wait' as Step, loss: null };
      return { step: await this.stepIn(manager, locked, turn), loss: locked };
    });
    if (step === 'done' && loss) this.report(loss);
    return step;
  }

  private async stepIn(manager: EntityManager, loss: OpenLoss, turn: { after: string }): Promise<Step> {
    if (!loss.isNoted) {
      await this.losses.noteNext(manager, loss);
      return 'more';
    }
    const ids = await this.losses.page(manager, loss.lossId, turn.after, messagesPerPage);
    if (ids.length === 0) {
      // What waits in the outbox for another queue of the org has its turn once it was sent.
      if (await this.losses.hasCandidates(manager, loss.lossId)) return 'wait';
      await this.losses.finish(manager, loss.lossId);
      return 'done';
    }
    if ((await this.losses.waiting(manager, loss.orgId, waitingLimit)) >= waitingLimit) return 'wait';
    await this.requeuePage(manager, loss, ids);
    turn.after = ids.at(-1) ?? turn.after;
    return 'more';
  }

  private async requeuePage(manager: EntityManager, loss: OpenLoss, ids: string[]): Promise<void> {
    const { messages, skippedIds } = await this.rebuild(manager, loss, ids);
    const inserted = await this.outbox.insert(manager, messages, false);
    loss.requeued += inserted.length;
    await this.losses.settle(
      manager,
      loss,
      inserted.map(({ messageId }) => messageId),
      skippedIds,
    );
  }

  private async rebuild(
    manager: EntityManager,
    loss: OpenLoss,
    ids: string[],
  ): Promise<{ messages: OutboxMessage[]; skippedIds: string[] }> {
    const messages: OutboxMessage[] = [];
    const skippedIds: string[] = [];
    const actionIds = [...new Set(ids.flatMap((id) => actionIdOfStageMessage(id) ?? []))];
    const rebuilt = loss.purpose ? await this.rebuilder.rebuild(manager, loss.orgId, loss.purpose, actionIds) : [];
    const byAction = new Map(rebuilt.map((one) => [one.actionId, one]));
    for (const messageId of ids) {
      const one = byAction.get(actionIdOfStageMessage(messageId) ?? 0);
      if (one && one.skipped === undefined) {
        messages.push({ ...one.message, messageId });
        continue;
      }
      const reason = one?.skipped ?? 'not_found';
      loss.skipped[reason] = (loss.skipped[reason] ?? 0) + 1;
      skippedIds.push(messageId);
      if (one?.skipped === 'unbuildable') this.warnUnbuildable(loss, one);
    }
    return { messages, skippedIds };
  }

  private warnUnbuildable({ lossId, orgId, queue }: OpenLoss, one: { actionId: number; error?: unknown }): void {
    const reason = one.error instanceof Error ? one.error.name : 'unknown';
    this.logger.warn({ lossId, orgId, queue, actionId: one.actionId, reason }, 'lost message cannot be rebuilt');
  }

  private report({ lossId, orgId, queue, requeued, skipped }: OpenLoss): void {
    this.logger.info({ lossId, orgId, queue, requeued, skipped }, 'lost messages requeued');
    const events = skipped['event'] ?? 0;
    if (events > 0) this.logger.warn({ lossId, orgId, queue, events }, 'lost events cannot be rebuilt');
  }
}
