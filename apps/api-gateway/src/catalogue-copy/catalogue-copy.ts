import { hash } from 'node:crypto';
import type { SecretEnvelope } from '@groundswell/crypto';
import type { Catalogue } from '@groundswell/persistence';
import type { CatalogueLogger, KeptCopy } from '../catalogue-writing/catalogue-settings';
import type { IngestQueues } from '../spool/ingest-queues';
import { decodeCopy, encodeCopy, type CatalogueSnapshot, type KeptCatalogue } from './copy-format';
import type { CopyStore, StoredCopy } from './copy-store';

export interface CatalogueCopyOptions {
  store: CopyStore;
  /** Seals the digest of a copy: nobody who can write to Redis alone can make a gateway use other keys. */
  envelope: Pick<SecretEnvelope, 'seal' | 'open'>;
  queues: Pick<IngestQueues, 'tell' | 'toldCount'>;
  logger: CatalogueLogger;
  /** Between two looks at what changed, ms. */
  everyMs?: number;
  /** How often an unchanged copy is looked for: Redis may have lost it, ms. */
  checkMs?: number;
  now?: () => number;
}

export type CopiedCatalogue = Pick<Catalogue, 'version' | 'snapshot'>;
export type CopiedTopology = { readonly isSystemConfirmed: boolean };

const defaultEveryMs = 3_000;
const defaultCheckMs = 30_000;
/** Making a copy costs at most this part of the time. */
const restPerWork = 20;

/**
 * Keeps the last catalogue outside the database, so that a gateway boots and signs while the database is away
 * (design.md §3). Only what came from the database is kept; secrets stay sealed as they are in rows. The store may be
 * away for as long as it likes: that is one warning, and nothing waits for it.
 */
export class CatalogueCopy implements KeptCopy {
  private readonly now: () => number;
  private prepared: Promise<StoredCopy | null> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private isStopped = false;
  private keptState: string | null = null;
  private checkedAt = 0;
  private lastFault: string | null = null;

  constructor(private readonly options: CatalogueCopyOptions) {
    this.now = options.now ?? (() => performance.now());
  }

  /** Begins to read, so that nobody waits for it later. */
  prepare(): void {
    this.prepared = this.read();
  }

  /** Fills an empty catalogue; false when there is no copy that fits, or when it is needed no longer. */
  async restoreInto(catalogue: Pick<Catalogue, 'restore'>): Promise<boolean> {
    const stored = await (this.prepared ?? this.read());
    this.prepared = null;
    const kept = stored && (await this.opened(stored));
    if (!kept || !catalogue.restore(kept.catalogue)) return false;
    if (this.options.queues.toldCount === 0) this.options.queues.tell(kept.isSystemConfirmed);
    return true;
  }

  start(catalogue: CopiedCatalogue, topology: CopiedTopology): void {
    this.prepared = null;
    if (!this.isStopped) void this.keep(catalogue, topology);
  }

  stop(): void {
    this.isStopped = true;
    if (this.timer) clearTimeout(this.timer);
    this.options.store.close();
  }

  private async keep(catalogue: CopiedCatalogue, topology: CopiedTopology): Promise<void> {
    const workMs = (await this.guarded(() => this.keepIfChanged(catalogue, topology))) ?? 0;
    if (this.isStopped) return;
    const pauseMs = Math.max(this.options.everyMs ?? defaultEveryMs, restPerWork * workMs);
    this.timer = setTimeout(() => void this.keep(catalogue, topology), pauseMs);
    this.timer.unref();
  }

  /** Answers how long the copy took to make, ms. */
  private async keepIfChanged(catalogue: CopiedCatalogue, { isSystemConfirmed }: CopiedTopology): Promise<number> {
    const isChecked = this.now() - this.checkedAt < (this.options.checkMs ?? defaultCheckMs);
    if (isChecked && this.keptState === stateOf(catalogue.version, isSystemConfirmed)) return 0;
    const snapshot = catalogue.snapshot();
    if (!snapshot) return 0;
    const state = stateOf(snapshot.version, isSystemConfirmed);
    const stamp = `${state}:${shapeOf(snapshot)}`;
    const isThere = (await this.options.store.touch()) === stamp;
    const workMs = isThere ? 0 : await this.write(stamp, { catalogue: snapshot, isSystemConfirmed });
    this.keptState = state;
    this.checkedAt = this.now();
    return workMs;
  }

  private async write(stamp: string, kept: KeptCatalogue): Promise<number> {
    const startedAt = performance.now();
    const body = await encodeCopy(kept);
    const seal = this.options.envelope.seal(digestOf(body));
    const workMs = performance.now() - startedAt;
    await this.options.store.write({ stamp, body, seal });
    return workMs;
  }

  private async read(): Promise<StoredCopy | null> {
    return (await this.guarded(() => this.options.store.read())) ?? null;
  }

  /** Null when it is not one of ours, or of another release: then it is as if there were none. */
  private async opened({ body, seal }: StoredCopy): Promise<KeptCatalogue | null> {
    try {
      const isOurs = this.options.envelope.open(seal).toString() === digestOf(body);
      return isOurs ? await decodeCopy(body) : null;
    } catch (error) {
      this.options.logger.warn({ reason: reasonOf(error) }, 'the kept copy of the catalogue cannot be used');
      return null;
    }
  }

  /** Undefined when the store is away. */
  private async guarded<T>(work: () => Promise<T>): Promise<T | undefined> {
    const { logger } = this.options;
    try {
      const result = await work();
      if (this.lastFault !== null) logger.info({}, 'the catalogue is kept again');
      this.lastFault = null;
      return result;
    } catch (error) {
      if (this.lastFault === null && !this.isStopped) {
        logger.warn({ reason: reasonOf(error) }, 'no copy of the catalogue is kept');
      }
      this.lastFault = reasonOf(error);
      return undefined;
    }
  }
}

const stateOf = (version: number, isSystemConfirmed: boolean): string =>
  `${version}:${isSystemConfirmed ? 'confirmed' : 'unconfirmed'}`;

/** Another release may know other columns: its copy is none for this one. */
const shapeOf = ({ tables }: CatalogueSnapshot): string =>
  hash('sha256', JSON.stringify(tables.map(({ name, columns }) => [name, columns]))).slice(0, 12);

const digestOf = (body: Buffer): string => hash('sha256', body, 'hex');

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
