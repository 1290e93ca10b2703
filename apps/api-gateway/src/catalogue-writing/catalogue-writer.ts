import { randomUUID } from 'node:crypto';
import { catalogueChangedKey, exchanges, orgEventKey, type CatalogueChangedV1 } from '@groundswell/contracts';
import {
  Catalogue,
  Database,
  OutboxRelay,
  OutboxRepository,
  withTrace,
  type OutboxMessage,
  type OutboxRow,
} from '@groundswell/persistence';
import { currentTrace } from '@groundswell/observability';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Viewer } from '../auth/access';
import { OrgRepository } from '../orgs/org.repository';
import { AuditRepository } from './audit.repository';
import { CatalogueChangeRepository, type ChangedRows } from './catalogue-change.repository';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from './catalogue-settings';
import { RemoteTemplates, TemplatesUnaskedError } from './remote-templates';
import { WriteEffects, type InternalFact, type OrgEvent } from './write-effects';

export type CatalogueWork<T> = (
  manager: EntityManager,
  effects: WriteEffects,
  templates: RemoteTemplates,
) => Promise<T>;

const systemActor = 'system';
/** Of what only our own services read. */
const internalLane = 0;

/**
 * Every change of the catalogue. One transaction holds the change, its audit entries and its outbox rows; writers wait
 * for each other, so what a writer has checked is still true when it commits. When `write` returns, this process's
 * catalogue has the change and the others are told (best effort: they compare versions anyway). Nobody waits for a provider
 * in a transaction: one that needs a provider's templates is undone, and run again with them.
 */
@Injectable()
export class CatalogueWriter {
  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly outbox: OutboxRepository,
    private readonly relay: OutboxRelay,
    @Inject(CATALOGUE_SURROUNDINGS) private readonly surroundings: CatalogueSurroundings,
  ) {}

  async write<T>(actor: Viewer | null, work: CatalogueWork<T>): Promise<T> {
    const templates = new RemoteTemplates(this.surroundings.providerTemplates);
    for (;;) {
      try {
        return await this.writeOnce(actor, (manager, effects) => work(manager, effects, templates));
      } catch (error) {
        if (!(error instanceof TemplatesUnaskedError)) throw error;
        await templates.askFor(error.serviceId);
      }
    }
  }

  private async writeOnce<T>(
    actor: Viewer | null,
    work: (manager: EntityManager, effects: WriteEffects) => Promise<T>,
  ): Promise<T> {
    const { result, rows, isClaimed, changed } = await this.database.transaction(async (manager) => {
      const changes = new CatalogueChangeRepository(manager);
      await changes.lockVersion();
      const effects = new WriteEffects();
      const outcome = await work(manager, effects);
      await new AuditRepository(manager).insert(actor ? String(actor.userId) : systemActor, effects.audits);
      const caused = [...(await outboxMessages(manager, effects.events)), ...effects.facts.map(factMessage)];
      const messages = caused.map((message) => withTrace(message, currentTrace()));
      const claimed = this.relay.hasRoom(messages);
      const inserted: OutboxRow[] = await this.outbox.insert(manager, messages, claimed);
      return { result: outcome, rows: inserted, isClaimed: claimed, changed: await changes.ofThisTransaction() };
    });
    if (changed) await this.announce(changed);
    if (isClaimed && rows.length > 0) this.relay.offer(rows);
    return result;
  }

  private async announce(changed: ChangedRows): Promise<void> {
    try {
      // A refresh already under way may have begun before our commit.
      for (let tries = 0; this.catalogue.version < changed.version && tries < 3; tries += 1) {
        await this.catalogue.refresh();
      }
    } catch (error) {
      this.surroundings.logger.warn({ reason: reasonOf(error) }, 'catalogue not refreshed after a write');
    }
    const notice: CatalogueChangedV1 = {
      schema: 'groundswell:catalogue:1',
      version: changed.version,
      changes: changed.rows,
    };
    const published = this.surroundings.publisher.publishAll([
      {
        exchange: exchanges.event,
        routingKey: catalogueChangedKey,
        messageId: `catalogue:${changed.version}:${randomUUID()}`,
        type: notice.schema,
        headers: {},
        body: JSON.stringify(notice),
        mandatory: false,
      },
    ]);
    published.catch((error: unknown) =>
      this.surroundings.logger.warn({ reason: reasonOf(error) }, 'catalogue change not published'),
    );
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Keys need the stored spelling of the org's name (processing.md §7.1). */
async function outboxMessages(manager: EntityManager, events: OrgEvent[]): Promise<OutboxMessage[]> {
  if (events.length === 0) return [];
  const names = await new OrgRepository(manager).namesOf(events.map((event) => event.orgId));
  return events.flatMap((event) => {
    const org = names.get(event.orgId);
    if (!org) return [];
    const routingKey = orgEventKey(org, event.suffix);
    return {
      messageId: event.messageId,
      lane: event.orgId,
      exchange: exchanges.event,
      routingKey,
      type: event.body.schema,
      headers: { org_id: event.orgId, org, event_type: event.body.eventType, routing_key: routingKey },
      body: JSON.stringify(event.body),
    };
  });
}

const factMessage = ({ messageId, routingKey, type, body }: InternalFact): OutboxMessage => ({
  messageId,
  lane: internalLane,
  exchange: exchanges.event,
  routingKey,
  type,
  headers: { routing_key: routingKey },
  body: JSON.stringify(body),
});
