import { setTimeout as pause } from 'node:timers/promises';
import {
  exchanges,
  ingestKey,
  requestKey,
  type RereferenceV1,
  type StatsServiceRequestV1,
} from '@groundswell/contracts';
import { encodeRef, uuidV7, type ReferenceRecipe, type SecretEnvelope } from '@groundswell/crypto';
import { PermanentJobError, RunsJob, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import { Database, OutboxRelay, OutboxRepository, type OutboxMessage } from '@groundswell/persistence';
import { ownMessage } from '../storing/own-message';
import { partitionOf } from '../storing/reference';
import { ContactReader } from './contact-reader';
import { recalculateReferences } from './recalculate-references.job-type';
import { StoredReferenceRepository, type StoredReference } from './stored-reference.repository';

export interface RecalculationSettings {
  /** Null: there is no seed. */
  recipe: ReferenceRecipe | null;
  /** Opens the instance org's key; null: there is none. */
  envelope: SecretEnvelope | null;
  instanceOrgName: string;
}

type Run = JobRunOf<typeof recalculateReferences>;
type Cursor = NonNullable<Run['cursor']>;

interface Page {
  lastId: number;
  looked: number;
  present: StoredReference[];
  unreadable: number;
  moves: Map<string, { from: Buffer; to: Buffer }>;
}

/** Supporters looked at together; at most as many commands are under way at a time, so signatures hardly wait behind them. */
const pageSize = 500;
/** How long their commands may take, and how often it is looked whether they are through, ms. */
const commandsWithinMs = 120_000;
const lookEveryMs = 100;
const start: Cursor = { afterId: 0, looked: 0, recalculated: 0, unchanged: 0, unreadable: 0, moving: 0 };

/**
 * Goes through all supporters by id and has those moved whose reference a former recipe made of what can still be read of them
 * (docs/references.md): by commands into their partitions, a page at a time. A page is done when none of it is left to be moved, so a
 * run that was killed asks for the rest again. Asking twice is safe: see ReferenceMover.
 */
@RunsJob(recalculateReferences)
export class RecalculateReferencesHandler implements JobHandler<object, Cursor> {
  constructor(
    private readonly database: Database,
    private readonly outbox: OutboxRepository,
    private readonly relay: Pick<OutboxRelay, 'wake'>,
    private readonly settings: RecalculationSettings,
  ) {}

  async run(job: Run) {
    const { recipe, envelope, instanceOrgName } = this.settings;
    if (!recipe?.hasFormer) {
      throw new PermanentJobError('FINGERPRINT_SEED_BEFORE is not set: there is no former recipe');
    }
    const keys = await this.database.run((manager) =>
      new StoredReferenceRepository(manager).instanceKeys(instanceOrgName),
    );
    const reader = new ContactReader(keys, envelope);
    let at = job.cursor ?? start;
    for (;;) {
      job.signal.throwIfAborted();
      const page = await this.read(recipe, reader, at.afterId);
      if (!page) break;
      at = page.moves.size > 0 ? await this.ask(job, at, page, recipe) : await this.pass(job, at, page, recipe);
    }
    await this.renameVolunteers(job, recipe);
    await this.askForRecount(job, at);
    const { looked, recalculated, unchanged, unreadable } = at;
    return { looked, recalculated, unchanged, unreadable };
  }

  private async read(recipe: ReferenceRecipe, reader: ContactReader, afterId: number): Promise<Page | null> {
    const found = await this.database.run((manager) =>
      new StoredReferenceRepository(manager).page(afterId, pageSize, recipe.id, this.settings.instanceOrgName),
    );
    if (!found) return null;
    const page: Page = { lastId: found.lastId, looked: found.looked, present: [], unreadable: 0, moves: new Map() };
    for (const stored of found.rows) {
      const to = recipe.recalculate(stored.fingerprint, reader.inputsOf(stored));
      if (to === 'present') page.present.push(stored);
      else if (to === null) page.unreadable += 1;
      else page.moves.set(encodeRef(stored.fingerprint), { from: stored.fingerprint, to });
    }
    return page;
  }

  /** A person moves with all their signatures, also those of later pages and those that nobody could read. */
  private async ask(job: Run, at: Cursor, { moves }: Page, recipe: ReferenceRecipe): Promise<Cursor> {
    const froms = [...moves.values()].map(({ from }) => from);
    const commands = [...moves.values()].map(({ from, to }) => commandFor(encodeRef(from), encodeRef(to), recipe.id));
    const asked = await job.step(
      async (manager) => {
        const under = await new StoredReferenceRepository(manager).countUnder(froms);
        await this.outbox.insert(manager, commands, false);
        return { ...at, moving: Math.max(at.moving, under) };
      },
      (cursor) => ({ cursor }),
    );
    this.relay.wake();
    await this.awaitMoves(job, froms);
    return asked;
  }

  /** Throws when they take too long: the job is tried again later, and asks for what is left. */
  private async awaitMoves(job: Run, froms: readonly Buffer[]): Promise<void> {
    const until = performance.now() + commandsWithinMs;
    for (;;) {
      const moved = await this.database.run((manager) => new StoredReferenceRepository(manager).countMoved(froms));
      if (moved === froms.length) return;
      if (performance.now() >= until) {
        const left = froms.length - moved;
        throw new Error(`${left} references were not moved: do all action-ingest have the same FINGERPRINT_SEED?`);
      }
      await pause(lookEveryMs, undefined, { signal: job.signal });
    }
  }

  private async pass(job: Run, at: Cursor, page: Page, recipe: ReferenceRecipe): Promise<Cursor> {
    const cursor: Cursor = {
      afterId: page.lastId,
      looked: at.looked + page.looked,
      recalculated: at.recalculated + at.moving,
      unchanged: at.unchanged + page.present.length,
      unreadable: at.unreadable + page.unreadable,
      moving: 0,
    };
    await job.step((manager) => new StoredReferenceRepository(manager).stamp(page.present, recipe.id), {
      cursor,
      progress: { done: cursor.looked },
    });
    return cursor;
  }

  /** They are no supporters, or need not be: an address and its reference stand together in the item. */
  private async renameVolunteers(job: Run, recipe: ReferenceRecipe): Promise<void> {
    for (let afterId: number | undefined = 0; afterId !== undefined;) {
      const from: number = afterId;
      afterId = await job.step(async (manager) => {
        const references = new StoredReferenceRepository(manager);
        const volunteers = await references.volunteers(from, pageSize);
        const changed = volunteers.flatMap(({ id, email, ref }) => {
          const to = recipe.recalculate(ref, [email]);
          return Buffer.isBuffer(to) ? [{ id, email, ref: to }] : [];
        });
        await references.setVolunteers(changed);
        return volunteers.length < pageSize ? undefined : volunteers.at(-1)?.id;
      });
    }
  }

  /** The deltas of the moves are exact; all the same everything is counted once more. */
  private async askForRecount(job: Run, { recalculated }: Cursor): Promise<void> {
    if (recalculated === 0) return;
    const request: StatsServiceRequestV1 = { schema: 'groundswell:request:1', kind: 'recount', id: uuidV7() };
    const message = ownMessage(request.id, exchanges.ingest, requestKey('stats-service'), request);
    await job.step((manager) => this.outbox.insert(manager, [message], false));
    this.relay.wake();
  }
}

function commandFor(ref: string, newRef: string, recipe: string): OutboxMessage {
  const command: RereferenceV1 = {
    schema: 'groundswell:command:1',
    id: uuidV7(),
    at: new Date().toISOString(),
    kind: 'rereference',
    ref,
    newRef,
    recipe,
  };
  return ownMessage(command.id, exchanges.ingest, ingestKey(partitionOf(ref)), command);
}
