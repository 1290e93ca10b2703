import { eraseContactV1, partitionCount, type EraseContactV1 } from '@groundswell/contracts';
import { encodeRef, partitionOfRef, uuidV7 } from '@groundswell/crypto';
import { Database } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { DurablePublisher } from '../accepting/durable-publisher';
import { unavailable } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { WriteEffects } from '../catalogue-writing/write-effects';
import type { GatewayConfig } from '../config';
import { contactRefBytes } from '../exports/contact-ref';
import { GATEWAY_CONFIG } from '../http/runtime.module';
import { ReferenceMapReadModel } from '../references/reference-map.read-model';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';
import { erasureCounts, type ErasureCounts } from './erasure-counts';
import { ReceiptReadModel } from './receipt.read-model';
import { eraseFromSpool } from './spool-erasure';
import { TombstoneRepository, type Tombstone } from './tombstone.repository';

export interface ErasureReceipt {
  id: string;
  erasedAt: Date;
  counts: ErasureCounts;
}

/** How often it is looked whether action-ingest has erased its part, ms. */
const lookMs = 50;
const retryAfterSeconds = 5;

interface Person {
  viewer: Viewer;
  orgId: number;
  /** The present one. */
  ref: Buffer;
  /** All they ever had, the present one first. */
  refs: Buffer[];
}

/**
 * Erasing what an org holds of a person (graphql-api.md §11, design.md §8): the tombstone first, then what waits here,
 * then a durable command to the person's partition, whose receipt is waited for. Twice is safe, and completes what a
 * call before was not told of.
 */
@Injectable()
export class ErasureService {
  private readonly receipts: ReceiptReadModel;
  private readonly references: ReferenceMapReadModel;

  constructor(
    private readonly database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    private readonly durable: DurablePublisher,
    @Inject(GATEWAY_CONFIG) private readonly config: Pick<GatewayConfig, 'ERASURE_WAIT_MS'>,
  ) {
    this.receipts = new ReceiptReadModel(database);
    this.references = new ReferenceMapReadModel(database);
  }

  async erase(
    caller: Viewer | null,
    operation: 'eraseContact' | 'deleteContact',
    orgName: string,
    contactRef: string,
  ): Promise<ErasureReceipt> {
    const org = await this.lookup.org(orgName);
    const viewer = requireAnyOf(await this.access.toOrg(caller, org.id), 'delete_contacts');
    const { present, all } = await this.references.of(contactRefBytes(contactRef));
    const person = { viewer, orgId: org.id, ref: present, refs: all };
    const id = uuidV7();
    const { erasedAt, openReceipts } = await this.setTombstone(person, operation, id);
    const spool = await this.eraseHere(person, erasedAt);
    await this.publish(person, id, erasedAt);
    const wait = { limitMs: this.config.ERASURE_WAIT_MS, everyMs: lookMs };
    const found = await this.receipts.waitFor(id, openReceipts, wait);
    const counts = erasureCounts(spool, [...found.values()], found.get(id));
    if (counts.state === 'complete') await this.close(person, openReceipts);
    return { id, erasedAt, counts };
  }

  /** Answers the status of the older mutation: a caller who is told SUCCESS finds nothing any more. */
  async delete(caller: Viewer | null, orgName: string, contactRef: string): Promise<'SUCCESS'> {
    const { counts } = await this.erase(caller, 'deleteContact', orgName, contactRef);
    if (counts.state === 'pending') throw unavailable(retryAfterSeconds);
    return 'SUCCESS';
  }

  /** The database copies it to all references of the person. With the audit entry, which names the receipt and not the person. */
  private setTombstone({ viewer, orgId, ref }: Person, operation: string, id: string): Promise<Tombstone> {
    const effects = new WriteEffects();
    effects.audit('erasure', id, { operation, orgId });
    return this.database.transaction(async (manager) => {
      await new AuditRepository(manager).insert(String(viewer.userId), effects.audits);
      return new TombstoneRepository(manager).set(orgId, ref, id, new Date());
    });
  }

  private eraseHere({ orgId, refs }: Person, erasedAt: Date): Promise<number> {
    return this.database.transaction(async (manager) => {
      let erased = 0;
      for (const ref of refs) {
        const partition = partitionOfRef(ref, partitionCount);
        erased += await eraseFromSpool(manager, { orgId, ref: encodeRef(ref), erasedAt, partition });
      }
      return erased;
    });
  }

  private async publish({ orgId, ref }: Person, id: string, erasedAt: Date): Promise<void> {
    const at = new Date();
    const command: EraseContactV1 = {
      schema: 'groundswell:command:1',
      id,
      at: at.toISOString(),
      kind: 'erase_contact',
      orgId,
      ref: encodeRef(ref),
      erasedAt: erasedAt.toISOString(),
    };
    await this.durable.publish({
      id,
      type: command.schema,
      partition: partitionOfRef(ref, partitionCount),
      json: Buffer.from(JSON.stringify(eraseContactV1.parse(command))),
      at,
    });
  }

  private close({ orgId, ref }: Person, receiptIds: string[]): Promise<void> {
    return this.database.run((manager) => new TombstoneRepository(manager).close(orgId, ref, receiptIds));
  }
}
