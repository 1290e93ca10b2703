import { Database } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import type { Access } from '../auth/access';
import { BatchedLookup } from '../catalogue-writing/batched-lookup';
import { isInstanceOwner } from '../users/permission-guard';
import { TargetReadModel, type TargetEmailRecord, type TargetRecord } from './target.read-model';
import { viewTarget, type TargetView } from './target.view';

/** Reading targets. Addresses are for instance owners, and for whoever has just written them (graphql-api.md §3). */
@Injectable()
export class TargetReadService {
  private readonly targets: BatchedLookup<number, TargetRecord[]>;
  private readonly addresses: BatchedLookup<string, TargetEmailRecord[]>;

  constructor(private readonly database: Database) {
    this.targets = new BatchedLookup((campaignIds) =>
      this.grouped(
        (targets) => targets.ofCampaigns(campaignIds),
        ({ campaignId }) => campaignId,
      ),
    );
    this.addresses = new BatchedLookup((targetIds) =>
      this.grouped(
        (targets) => targets.emailsOf(targetIds),
        ({ targetId }) => targetId,
      ),
    );
  }

  async ofCampaign(campaignId: number, access: Access): Promise<TargetView[]> {
    const targets = (await this.targets.get(campaignId)) ?? [];
    return targets.map((target) => viewTarget(target, isInstanceOwner(access)));
  }

  async listed(campaignId: number, externalIds: string[]): Promise<TargetView[]> {
    const targets = await this.database.run((manager) => new TargetReadModel(manager).listed(campaignId, externalIds));
    return targets.map((target) => viewTarget(target, true));
  }

  async emails(targetId: string) {
    const addresses = (await this.addresses.get(targetId)) ?? [];
    return addresses.map(({ email, disabled, status, error }) => ({
      email,
      emailStatus: disabled ? 'INACTIVE' : status.toUpperCase(),
      error,
    }));
  }

  private async grouped<Key, Row>(
    read: (targets: TargetReadModel) => Promise<Row[]>,
    keyOf: (row: Row) => Key,
  ): Promise<Map<Key, Row[]>> {
    const rows = await this.database.run((manager) => read(new TargetReadModel(manager)));
    const groups = new Map<Key, Row[]>();
    for (const row of rows) {
      const group = groups.get(keyOf(row));
      if (group) group.push(row);
      else groups.set(keyOf(row), [row]);
    }
    return groups;
  }
}
