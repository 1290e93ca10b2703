import type { EntityManager } from 'typeorm';
import { exchanges, ingestKey, type DetailResultV1 } from '@groundswell/contracts';
import { uuidV7 } from '@groundswell/crypto';
import type { SupporterDetails } from '@groundswell/domain';
import { JobQueue, JobRunner, RunsJob, type JobHandler } from '@groundswell/jobs';
import { Database, OutboxRelay, OutboxRepository, type OutboxMessage, type OutboxRow } from '@groundswell/persistence';
import { Inject } from '@nestjs/common';
import { ingestSettings, type IngestSettings } from '../ingest-settings';
import { partitionOf } from '../storing/reference';
import { DetailClient, type LookupResult } from './detail-client';
import { DueLookupReadModel, type DueLookup } from './due-lookup.read-model';
import { lookupDetail, type LookupDetailRun } from './lookup-detail.job-type';
import { LookupEndRepository } from './lookup-end.repository';

/** Calls to one service at once. */
const callsAtOnce = 20;
/** Of a job, before other orgs have their turn. */
const roundsPerJob = 25;
/** Given up in one transaction. */
const givenUpAtOnce = 500;
/** How long an ended look-up can be seen, days. */
const keepDays = 30;
const forgottenAtOnce = 10_000;

interface Asked {
  lookup: DueLookup;
  result: LookupResult;
}
interface Round {
  rows: OutboxRow[];
  ended: number;
}

/**
 * Looks up what waits of one org; each result leaves as a command in the supporter's partition, in the step that ends its row, so
 * once. A call may be made again after a death. A service that is down rests, longer each time; what waited for too long goes on
 * without details.
 */
@RunsJob(lookupDetail)
export class LookupDetailHandler implements JobHandler {
  private readonly lookups: DueLookupReadModel;

  constructor(
    database: Database,
    private readonly client: DetailClient,
    private readonly outbox: OutboxRepository,
    private readonly relay: OutboxRelay,
    private readonly queue: JobQueue,
    private readonly runner: JobRunner,
    @Inject(ingestSettings) private readonly settings: Pick<IngestSettings, 'details'>,
  ) {
    this.lookups = new DueLookupReadModel(database);
  }

  async run(job: LookupDetailRun): Promise<{ ended: number } | undefined> {
    if (job.orgId === 0) return this.findForgotten(job);
    let ended = 0;
    for (let round = 0; round < roundsPerJob; round += 1) {
      job.signal.throwIfAborted();
      if (await this.lookups.isResting(job.orgId)) break;
      const due = await this.lookups.due(job.orgId, callsAtOnce, this.settings.details.giveUpMs);
      if (due.length === 0) break;
      const asked = await this.ask(job.orgId, due);
      job.signal.throwIfAborted();
      ended += await this.settle(job, asked);
      if (asked.every(({ result }) => isAway(result))) {
        ended += await this.giveUpOverdue(job);
        break;
      }
    }
    const wakesAt = await job.step((manager) => this.planWake(manager, job.orgId));
    if (wakesAt) this.runner.wake();
    return { ended };
  }

  private async ask(orgId: number, due: DueLookup[]): Promise<Asked[]> {
    const backend = await this.lookups.backendOf(orgId);
    // Switched off meanwhile: nobody is asked, and nothing waits for it any more.
    const opened = backend ? this.client.open(backend) : null;
    return Promise.all(
      due.map(async (lookup) => {
        const isAsked = opened !== null && !lookup.isErased;
        return { lookup, result: isAsked ? await this.client.ask(opened, lookup) : { kind: 'nothing' as const } };
      }),
    );
  }

  private async settle(job: LookupDetailRun, asked: Asked[]): Promise<number> {
    const { giveUpMs: _, ...wait } = this.settings.details;
    const round = await job.step(async (manager): Promise<Round> => {
      const ends = new LookupEndRepository(manager);
      const again = asked.filter(({ lookup, result }) => result.kind === 'fault' && !lookup.isOverdue);
      const over = asked.filter((one) => !again.includes(one));
      await ends.postpone(actionIdsOf(again), again.map(errorOf), wait);
      const still = await ends.answer(
        actionIdsOf(over),
        over.map(({ result }) => (result.kind === 'fault' ? result.error : null)),
      );
      const away = asked.find(({ result }) => !isAway(result)) ? undefined : asked[0];
      if (away) await ends.noteFailure(job.orgId, errorOf(away), wait);
      else await ends.noteSuccess(job.orgId);
      const commands = over
        .filter(({ lookup }) => still.has(lookup.actionId))
        .map(({ lookup, result }) => commandOf(job.orgId, lookup, result));
      return { rows: await this.publish(manager, commands), ended: commands.length };
    });
    this.relay.offer(round.rows);
    return round.ended;
  }

  /** While the service is away, so that what nobody was asked about does not wait for its turn. */
  private async giveUpOverdue(job: LookupDetailRun): Promise<number> {
    let ended = 0;
    for (;;) {
      job.signal.throwIfAborted();
      const round = await job.step(async (manager): Promise<Round> => {
        const overdue = await new LookupEndRepository(manager).giveUpOverdue(
          job.orgId,
          this.settings.details.giveUpMs,
          givenUpAtOnce,
        );
        const commands = overdue.map((lookup) => commandOf(job.orgId, lookup, null));
        return { rows: await this.publish(manager, commands), ended: commands.length };
      });
      this.relay.offer(round.rows);
      ended += round.ended;
      if (round.ended < givenUpAtOnce) return ended;
    }
  }

  private async planWake(manager: EntityManager, orgId: number): Promise<Date | null> {
    const wakesAt = await new LookupEndRepository(manager).planWake(orgId);
    if (wakesAt) await this.queue.add(manager, lookupDetail, { payload: {}, orgId, notBefore: wakesAt });
    return wakesAt;
  }

  private async findForgotten(job: LookupDetailRun): Promise<undefined> {
    await job.step(async (manager) => {
      const ends = new LookupEndRepository(manager);
      const { giveUpMs, longestMs } = this.settings.details;
      await ends.recall(Math.max(giveUpMs, longestMs));
      const orgIds = await ends.forgotten(longestMs);
      await this.queue.addAll(
        manager,
        lookupDetail,
        orgIds.map((orgId) => ({ payload: {}, orgId })),
      );
      await ends.forget(keepDays, forgottenAtOnce);
    });
    return undefined;
  }

  /** Rows to offer to the relay once they are committed. */
  private async publish(manager: EntityManager, commands: OutboxMessage[]): Promise<OutboxRow[]> {
    const hasRoom = this.relay.hasRoom(commands);
    const rows = await this.outbox.insert(manager, commands, hasRoom);
    return hasRoom ? rows : [];
  }
}

const isAway = (result: LookupResult): boolean => result.kind === 'fault' && !result.isAnswered;
const errorOf = ({ result }: Asked): string => (result.kind === 'fault' ? result.error : '');
const actionIdsOf = (asked: Asked[]): number[] => asked.map(({ lookup }) => lookup.actionId);

type Named = Pick<DueLookup, 'actionId' | 'contactRef'>;

/** Null or a fault: given up. */
function commandOf(orgId: number, { actionId, contactRef }: Named, result: LookupResult | null): OutboxMessage {
  const command: DetailResultV1 = {
    schema: 'groundswell:command:1',
    id: uuidV7(),
    at: new Date().toISOString(),
    kind: 'detail_result',
    actionId,
    ref: contactRef,
    orgId,
    outcome: result === null || result.kind === 'fault' ? 'given_up' : result.kind,
    details: result?.kind === 'found' ? detailsOf(result.details) : null,
  };
  return {
    messageId: command.id,
    lane: 0,
    exchange: exchanges.ingest,
    routingKey: ingestKey(partitionOf(contactRef)),
    type: command.schema,
    headers: {},
    body: JSON.stringify(command),
  };
}

const detailsOf = ({ optedInAt, emailStatus, customFields }: SupporterDetails): DetailResultV1['details'] => ({
  optedInAt: optedInAt?.toISOString() ?? null,
  emailStatus: emailStatus && { status: emailStatus.status, at: emailStatus.at.toISOString() },
  customFields,
});
