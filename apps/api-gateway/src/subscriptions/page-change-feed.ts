import { Catalogue, Database, type CataloguePage } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { GATEWAY_LOGGER } from '../http/runtime.module';
import type { GatewayLogger } from '../http/runtime.module';
import { PageChangeStream } from './page-change-stream';
import { PageChangeReadModel } from './page-change.read-model';

const retryMs = 1_000;

/**
 * Tells subscribers which pages were made or changed, whichever replica did it. When the catalogue in memory has got new
 * pages, the log of changes says which are newer than the version served last: a lost event only makes it later, by
 * the time between two comparisons. Nothing is told of deleted pages.
 */
@Injectable()
export class PageChangeFeed implements OnModuleInit, OnModuleDestroy {
  private readonly streams = new Set<PageChangeStream>();
  private readonly changes: PageChangeReadModel;
  private servedVersion = 0;
  private isNoted = false;
  private reading: Promise<void> = Promise.resolve();
  private retry: NodeJS.Timeout | undefined;
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly catalogue: Catalogue,
    database: Database,
    @Inject(GATEWAY_LOGGER) private readonly logger: GatewayLogger,
  ) {
    this.changes = new PageChangeReadModel(database);
  }

  get followers(): number {
    return this.streams.size;
  }

  onModuleInit(): void {
    this.stopListening = this.catalogue.onChange(({ table }) => {
      if (table === 'action_pages') this.note();
    });
  }

  onModuleDestroy(): void {
    this.stopListening();
    clearTimeout(this.retry);
    for (const stream of this.streams) void stream.return();
  }

  /** Changes from now on; of one org, or of all. */
  follow(orgId: number | null): PageChangeStream {
    const stream = new PageChangeStream(
      orgId,
      (pageId) => this.livePage(pageId) !== null,
      (ended) => this.streams.delete(ended),
    );
    if (this.streams.size === 0) this.servedVersion = this.catalogue.version;
    this.streams.add(stream);
    return stream;
  }

  /** Rows are announced one by one while they are put in place; the version follows in the same turn. */
  private note(): void {
    if (this.isNoted) return;
    this.isNoted = true;
    queueMicrotask(() => {
      this.isNoted = false;
      this.reading = this.reading.then(() => this.serve());
    });
  }

  private async serve(): Promise<void> {
    const { version } = this.catalogue;
    // Nobody listens, the first catalogue of all, or another database (a restore): no change anybody could have missed.
    if (this.streams.size === 0 || this.servedVersion === 0 || version < this.servedVersion) {
      this.servedVersion = version;
      return;
    }
    try {
      const pageIds = await this.changes.changedBetween(this.servedVersion, version);
      this.servedVersion = Math.max(this.servedVersion, version);
      for (const pageId of pageIds) this.tell(pageId);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.debug({ reason }, 'page changes not read yet');
      clearTimeout(this.retry);
      this.retry = setTimeout(() => this.note(), retryMs).unref();
    }
  }

  private tell(pageId: number): void {
    const page = this.livePage(pageId);
    if (!page) return;
    for (const stream of this.streams) {
      if (stream.orgId === null || stream.orgId === page.orgId) stream.push(pageId);
    }
  }

  private livePage(pageId: number): CataloguePage | null {
    const { pages, campaigns, orgs } = this.catalogue;
    const page = pages.get(pageId);
    const parts = [page, page && campaigns.get(page.campaignId), page && orgs.get(page.orgId)];
    return page && parts.every((part) => part && !part.deletedAt) ? page : null;
  }
}
