import { randomUUID } from 'node:crypto';
import { Inject } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  exchanges,
  factKeys,
  ingestKey,
  type ActionFactsV1,
  type EraseContactV1,
  type IngestMessageV1,
  type LinkActionsV1,
  type PartitionMessageV1,
  type PassMarkV1,
  type RereferenceV1,
} from '@groundswell/contracts';
import { uuidV7 } from '@groundswell/crypto';
import {
  Consumes,
  done,
  park,
  TransientError,
  type BatchHandler,
  type BatchItem,
  type Outcome,
} from '@groundswell/messaging';
import {
  afterCommit,
  Catalogue,
  Database,
  DatabaseAwayError,
  boolArray,
  isUniqueViolation,
  OutboxRelay,
  OutboxRepository,
  preparedQuery,
  textArray,
  timestamptzArray,
  TopologyGate,
  type OutboxMessage,
  type OutboxRow,
} from '@groundswell/persistence';
import type { Logger, Trace } from '@groundswell/observability';
import { appLogger } from '@groundswell/service';
import { AttachmentIntake } from '../attachments/attachment-intake';
import { DetailLookups } from '../details/detail-lookups';
import { EnrichmentPlanner } from '../enriching/enrichment-planner';
import { ContactEraser } from '../erasing/contact-eraser';
import { FollowUpClosing } from '../follow-ups/follow-up-closing';
import { SigningWatch } from '../importing/signing-watch';
import { ActionMessageBuilder } from '../messages/action-message.builder';
import { ReferenceJoiner } from '../rejoining/reference-joiner';
import { PartitionsNotHeldError } from '../references/partitions-not-held.error';
import { ReferenceMover, type MovedPersons } from '../references/reference-mover';
import { PassedMarkRepository } from '../removal/passed-mark.repository';
import { ingestSettings, type IngestSettings } from '../ingest-settings';
import { BatchLoader } from './batch-loader';
import { BatchProcessor, type NewMessage, type RemoteLink } from './batch-processor';
import { BatchWriter } from './batch-writer';
import { counterDeltas } from './counter-deltas';
import { CounterLedger, type PagePlace } from './counter-ledger';
import { Emission } from './emission';
import { handOnTrace } from './hand-on-trace';
import { NotInCatalogueError } from './not-in-catalogue.error';
import { ownMessage } from './own-message';
import { pageActivities } from './page-activities';
import { lockPartitions } from './partition-locks';
import { RankLedger } from './rank-ledger';
import { partitionOf, withCanonicalRefs } from './reference';
import { SourceRepository } from './source.repository';
import { factOf, SupporterProcessor } from './supporter-processor';
import type { ActionState } from './batch-state';
import type { LoadedBatch } from './loaded-batch';

/** What is left to do after the commit. */
interface Stored {
  /** Outbox rows to publish from memory. */
  rows: OutboxRow[];
  /** References another partition may have written at the same moment. */
  crossingRefs: string[];
  /** Whether files came with the actions. */
  hasAttachments: boolean;
}

/** What a batch consists of. */
interface Work {
  messages: IngestMessageV1[];
  passMarks: PassMarkV1[];
  erasures: EraseContactV1[];
  moves: RereferenceV1[];
  /** By message id, what those belong to that have a trace. */
  traces: Map<string, Trace>;
}

/** How often a batch is run when another process took rank 0 at the same moment; then it counts as a fault of its own. */
const rankZeroAttempts = 3;

/** How often a batch is run with the locks of more partitions: persons go from former references to present ones in one step. */
const widenings = 4;

/**
 * Stores one batch of submissions and commands in one transaction (design.md §3.3): rows, statuses, ranks, outbox rows,
 * facts and one counter delta per partition, all or nothing. Twice is safe: submission and command ids are kept for
 * ever and known ones are skipped. Order does not matter: see BatchProcessor.
 */
@Consumes('ingest')
export class StoreBatchHandler implements BatchHandler<PartitionMessageV1> {
  private readonly passedMarks = new PassedMarkRepository();
  private readonly eraser = new ContactEraser();
  private readonly sources = new SourceRepository();
  private readonly writer = new BatchWriter(this.sources);
  private readonly loader: BatchLoader;
  private readonly followUps: FollowUpClosing;
  private readonly mover: ReferenceMover;

  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly outbox: OutboxRepository,
    private readonly relay: OutboxRelay,
    private readonly gate: TopologyGate,
    private readonly joiner: ReferenceJoiner,
    private readonly lookups: DetailLookups,
    @Inject(ingestSettings) private readonly settings: IngestSettings,
    @Inject(EnrichmentPlanner) private readonly enrichments: EnrichmentPlanner,
    @Inject(AttachmentIntake) private readonly attachments: AttachmentIntake,
    @Inject(SigningWatch) private readonly people: SigningWatch,
    @Inject(appLogger) private readonly logger: Logger,
  ) {
    this.followUps = new FollowUpClosing(catalogue);
    this.mover = new ReferenceMover((pageId) => this.placeOf(pageId), settings.recipe?.id ?? null);
    this.loader = new BatchLoader(
      (pageId) => this.catalogue.pages.get(pageId)?.orgId,
      () => this.lookups.isUsed(),
    );
  }

  async handleBatch(items: BatchItem<PartitionMessageV1>[]): Promise<Outcome[]> {
    await this.refreshCatalogue();
    const outcomes: Outcome[] = items.map(() => done());
    const work: Work = { messages: [], passMarks: [], erasures: [], moves: [], traces: new Map() };
    items.forEach(({ message, envelope }, index) => {
      if (message.kind === 'pass_mark') work.passMarks.push(message);
      else if (message.kind === 'erase_contact') work.erasures.push(message);
      else if (message.kind === 'rereference') work.moves.push(message);
      else {
        const problem = this.notInCatalogue(message);
        if (problem) outcomes[index] = park('not in catalogue', { kind: problem.kind, id: problem.id });
        else {
          this.people.note(envelope);
          work.messages.push(withCanonicalRefs(message));
          if (envelope.trace) work.traces.set(message.id, envelope.trace);
        }
      }
    });
    const { rows, crossingRefs, hasAttachments } = await this.store(work);
    this.relay.offer(rows);
    if (hasAttachments) this.attachments.wake();
    await this.joiner.joinRefs(crossingRefs);
    return outcomes;
  }

  /** Settings as they are now decide: the version is compared once per batch. */
  private async refreshCatalogue(): Promise<void> {
    const changed = await this.catalogue.refresh();
    if (changed) await this.gate.refresh();
  }

  private async store(work: Work): Promise<Stored> {
    if (isEmpty(work)) return nothingStored();
    const partitions = partitionsOf(work);
    for (let attempt = 1, widened = 0; ; attempt += 1) {
      try {
        const { sources, ...rest } = await this.database.transaction((manager) =>
          this.storeAll(manager, work, partitions),
        );
        this.sources.remember(sources);
        return rest;
      } catch (error) {
        if (error instanceof DatabaseAwayError) throw new TransientError(error.message, { cause: error });
        if (error instanceof PartitionsNotHeldError && widened < widenings) {
          for (const partition of error.partitions) partitions.add(partition);
          widened += 1;
          continue;
        }
        // Two processes shared a partition for a moment: the index held, and the batch is right the next time.
        if (attempt - widened >= rankZeroAttempts || !isUniqueViolation(error, 'supporters_one_rank_zero')) throw error;
      }
    }
  }

  private async storeAll(
    manager: EntityManager,
    work: Work,
    partitions: ReadonlySet<number>,
  ): Promise<Stored & { sources: Map<string, number> }> {
    if (partitions.size > 0) await lockPartitions(manager, partitions);
    // First: what the rest of the batch loads is then what is left, and under the references of now.
    const moved = await this.mover.apply(manager, work, partitions);
    await this.eraser.apply(manager, work.erasures);
    const stored = await this.storeIn(manager, work, moved);
    await this.passedMarks.note(manager, work.passMarks);
    return { ...stored, crossingRefs: [...stored.crossingRefs, ...moved.crossingRefs] };
  }

  private async storeIn(
    manager: EntityManager,
    { messages, traces }: Work,
    moved: MovedPersons,
  ): Promise<Stored & { sources: Map<string, number> }> {
    const fresh = messages.length > 0 ? await this.takeUnknown(manager, messages) : [];
    if (fresh.length === 0) return { ...nothingStored(), rows: await this.writeOutbox(manager, moved.messages) };
    const loaded = await this.loader.load(
      manager,
      fresh.map(({ message }) => message),
    );
    const touched = new Set<ActionState>();
    const emission = new Emission(this.catalogue, new ActionMessageBuilder(this.catalogue), this.settings.publicUrl);
    const counters = this.seededCounters(loaded);
    const lookups = this.lookups.ledgerFor(loaded);
    const processor = new SupporterProcessor(seededRanks(loaded), counters, emission, touched, lookups);
    const orgOfPage = (id: number) => this.catalogue.pages.get(id)?.orgId;
    const batch = new BatchProcessor(loaded, processor, emission, touched, orgOfPage, lookups);
    for (const message of fresh) {
      const before = emission.messages.length;
      batch.apply(message);
      handOnTrace(traces.get(message.message.id), emission.messages, before);
    }
    this.tellStored(manager, fresh, traces);
    const sources = await this.writer.write(manager, {
      supporters: [...batch.supporters.values()],
      actions: [...touched],
      links: batch.links,
      pendingLinks: batch.pendingLinks,
      settledLinks: batch.settledLinks,
      actionConfirms: emission.actionConfirms,
    });
    const hasAttachments = await this.attachments.store(manager, batch.newActions);
    await this.enrichments.plan(manager, touched);
    const messagesOut = [
      ...moved.messages,
      ...emission.messages,
      ...remoteLinkMessages(batch.remoteLinks),
      ...factMessages([...touched]),
      ...(await this.followUps.apply(manager, batch.answers, [...touched])),
      ...(await counterDeltas(manager, counters.results(), pageActivities(batch.newActions))),
    ];
    await this.lookups.write(manager, lookups);
    const rows = await this.writeOutbox(manager, messagesOut);
    return { rows, crossingRefs: batch.crossingRefs(), hasAttachments, sources };
  }

  /** What leads from a request's log to that of its messages: those have the action's id. */
  private tellStored(manager: EntityManager, stored: readonly NewMessage[], traces: Work['traces']): void {
    if (!this.logger.isLevelEnabled('debug')) return;
    afterCommit(manager, () => {
      for (const { message, actionId } of stored) {
        const { kind, id: submissionId } = message;
        this.logger.debug({ submissionId, kind, actionId, traceId: traces.get(submissionId)?.traceId }, 'stored');
      }
    });
  }

  /** Notes the ids of the batch; those that were known already are left out. Sets ids aside for the rows to come. */
  private async takeUnknown(manager: EntityManager, messages: IngestMessageV1[]): Promise<NewMessage[]> {
    const byId = new Map(messages.map((message) => [message.id, message]));
    const unique = [...byId.values()];
    const rows = await preparedQuery<{ id: string; action_id: number; supporter_id: number }>(
      manager,
      `with noted as (
         insert into actions.submissions (id, action_id, accepted_at)
         select id::uuid, case when makes_action then nextval('actions.actions_id_seq') end, accepted_at
           from unnest($1::text[], $2::boolean[], $3::timestamptz[]) as n (id, makes_action, accepted_at)
         on conflict (id) do nothing
         returning id, action_id)
       select id, action_id, nextval('actions.supporters_id_seq') as supporter_id from noted`,
      [
        textArray(unique.map(({ id }) => id)),
        boolArray(unique.map(({ kind }) => kind === 'contact' || kind === 'action')),
        timestamptzArray(unique.map((message) => new Date('acceptedAt' in message ? message.acceptedAt : message.at))),
      ],
    );
    const ids = new Map(rows.map((row) => [row.id, row]));
    return unique.flatMap((message) => {
      const row = ids.get(message.id.toLowerCase());
      return row ? [{ message, actionId: row.action_id, supporterId: row.supporter_id }] : [];
    });
  }

  private seededCounters(loaded: LoadedBatch): CounterLedger {
    const counters = new CounterLedger((pageId) => this.placeOf(pageId));
    for (const { ref, supporterId, isCounted, area, actions } of loaded.counted) {
      counters.seed(ref, partitionOf(ref), supporterId, isCounted, area, actions);
    }
    return counters;
  }

  private placeOf(pageId: number): PagePlace {
    const page = this.catalogue.pages.get(pageId);
    if (!page) throw new NotInCatalogueError('action page', pageId);
    return { campaignId: page.campaignId, orgId: page.orgId };
  }

  private async writeOutbox(manager: EntityManager, messages: OutboxMessage[]): Promise<OutboxRow[]> {
    const wanted: OutboxMessage[] = [];
    const unrouted: OutboxMessage[] = [];
    for (const message of messages) (this.gate.isWanted(message) ? wanted : unrouted).push(message);
    await this.outbox.recordUnrouted(manager, unrouted);
    const open = wanted.filter(({ lane }) => this.relay.isLaneOpen(lane));
    const claimed = this.relay.hasRoom(open) ? open : [];
    const rows = await this.outbox.insert(manager, claimed, true);
    const inMemory = new Set(claimed);
    await this.outbox.insert(
      manager,
      wanted.filter((message) => !inMemory.has(message)),
      false,
    );
    return rows;
  }

  private notInCatalogue(message: IngestMessageV1): NotInCatalogueError | null {
    if (!('pageId' in message)) return null;
    if (!this.catalogue.pages.get(message.pageId)) return new NotInCatalogueError('action page', message.pageId);
    if (!this.catalogue.campaigns.get(message.campaignId)) {
      return new NotInCatalogueError('campaign', message.campaignId);
    }
    const orgIds = [message.orgId, ...(message.kind === 'contact' ? message.contacts.map(({ orgId }) => orgId) : [])];
    const missing = orgIds.find((orgId) => !this.catalogue.orgs.get(orgId));
    return missing === undefined ? null : new NotInCatalogueError('org', missing);
  }
}

const isEmpty = ({ messages, passMarks, erasures, moves }: Work): boolean =>
  messages.length + passMarks.length + erasures.length + moves.length === 0;

/** Of everybody the messages name: a command that moves a person names two references. */
const partitionsOf = ({ messages, erasures, moves }: Work): Set<number> =>
  new Set(
    [...[...messages, ...erasures, ...moves].map(({ ref }) => ref), ...moves.map(({ newRef }) => newRef)].map(
      partitionOf,
    ),
  );

const nothingStored = () => ({
  rows: [],
  crossingRefs: [],
  hasAttachments: false,
  sources: new Map<string, number>(),
});

function seededRanks(loaded: LoadedBatch): RankLedger {
  const ranks = new RankLedger();
  for (const { campaignId, ref, pageId, accepted } of loaded.known) ranks.seed(campaignId, ref, pageId, accepted);
  return ranks;
}

/** Largest number of facts in one message: about 150 KB. */
const factsPerMessage = 500;

function factMessages(actions: ActionState[]): OutboxMessage[] {
  const byPartition = new Map<number, ActionFactsV1['facts']>();
  for (const action of actions.sort((a, b) => a.id - b.id)) {
    const fact = factOf(action);
    if (!fact) continue;
    const partition = action.supporter?.partition ?? partitionOf(action.ref ?? '');
    const facts = byPartition.get(partition);
    if (facts) facts.push(fact);
    else byPartition.set(partition, [fact]);
  }
  const messages: OutboxMessage[] = [];
  for (const [partition, facts] of byPartition) {
    for (let from = 0; from < facts.length; from += factsPerMessage) {
      const body: ActionFactsV1 = {
        schema: 'groundswell:facts:1',
        partition,
        facts: facts.slice(from, from + factsPerMessage),
      };
      messages.push(ownMessage(`facts:${randomUUID()}`, exchanges.event, factKeys.actions, body));
    }
  }
  return messages;
}

const remoteLinkMessages = (links: RemoteLink[]): OutboxMessage[] =>
  links.map(({ supporterId, supporterRef, actionIds }) => {
    const command: LinkActionsV1 = {
      schema: 'groundswell:command:1',
      id: uuidV7(),
      at: new Date().toISOString(),
      kind: 'link_actions',
      supporterId,
      ref: supporterRef,
      actionIds,
    };
    return ownMessage(command.id, exchanges.ingest, ingestKey(partitionOf(supporterRef)), command);
  });
