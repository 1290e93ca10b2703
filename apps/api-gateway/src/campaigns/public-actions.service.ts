import { isStorableText, onlyPublicFields, type CustomFields, type FieldValue } from '@groundswell/domain';
import { Database, type CatalogueCampaign } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import { BatchedLookup } from '../catalogue-writing/batched-lookup';
import { PublicActionsReadModel, type PublicActionRecord, type PublicActionsQuery } from './public-actions.read-model';

/** Longest list (graphql-api.md §7.6). */
const maxListed = 100;

/** The public list of a campaign's newest actions of one type. */
@Injectable()
export class PublicActionsService {
  /** By the query as text, so that equal ones are asked once. */
  private readonly lists: BatchedLookup<string, PublicActionRecord[]>;

  constructor(private readonly database: Database) {
    this.lists = new BatchedLookup((keys) => this.read(keys));
  }

  async newest({ id: campaignId, publicActions }: CatalogueCampaign, actionType: string, limit: number) {
    const size = Math.max(0, Math.min(limit, maxListed));
    const query: PublicActionsQuery = { campaignId, actionType, limit: size };
    const mayExist = size > 0 && isStorableText(actionType);
    const actions = mayExist ? ((await this.lists.get(JSON.stringify(query))) ?? []) : [];
    const list = actions.map((action) => viewAction(action, publicActions));
    return { fieldKeys: [...new Set(list.flatMap(({ customFields }) => Object.keys(customFields)))], list };
  }

  private async read(keys: string[]): Promise<Map<string, PublicActionRecord[]>> {
    const queries = keys.map((key) => JSON.parse(key) as PublicActionsQuery);
    const lists = await this.database.run((manager) => new PublicActionsReadModel(manager).newest(queries));
    return new Map(keys.map((key, index) => [key, lists[index] ?? []]));
  }
}

function viewAction({ fields, ...action }: PublicActionRecord, publicActions: string[]) {
  const customFields = onlyPublicFields(action.actionType, fields, publicActions) as CustomFields;
  return { ...action, customFields, fields: Object.entries(customFields).flatMap(toPairs) };
}

/** One for each value, as text. */
const toPairs = ([key, value]: [string, FieldValue]) =>
  [value].flat().map((single) => ({ key, value: String(single) }));
