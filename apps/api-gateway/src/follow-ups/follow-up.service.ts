import type { FollowUpKind } from '@groundswell/domain';
import { Database } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { InputError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../catalogue-writing/catalogue-settings';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { readRowId } from '../mails/page-selection';
import { AccessFinder } from '../users/access-finder';
import { requireStaffer } from '../users/permission-guard';
import { DetailBackendReadModel } from './detail-backend.read-model';
import { FollowUpReadModel, type FollowUpState } from './follow-up.read-model';
import { FollowUpTokens } from './follow-up-tokens';
import { viewFollowUp, type FollowUpView } from './follow-up-view';

export interface SelectFollowUps {
  state?: string | null;
  kind?: string | null;
  actionId?: number | null;
  mine?: boolean | null;
  dueBefore?: Date | null;
}

export interface PageOfFollowUps {
  after?: string | null;
  limit?: number | null;
}

export const defaultFollowUps = 50;
export const mostFollowUps = 200;

/** What is left to do, and how look-ups of details go: for staff of the org. */
@Injectable()
export class FollowUpService {
  private readonly items: FollowUpReadModel;
  private readonly details: DetailBackendReadModel;
  private readonly tokens: FollowUpTokens;

  constructor(
    database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    @Inject(CATALOGUE_SURROUNDINGS) { settings }: CatalogueSurroundings,
  ) {
    this.items = new FollowUpReadModel(database);
    this.details = new DetailBackendReadModel(database);
    this.tokens = new FollowUpTokens(settings.envelope);
  }

  async list(
    caller: Viewer | null,
    orgName: string,
    select: SelectFollowUps,
    page: PageOfFollowUps,
  ): Promise<{ followUps: FollowUpView[]; after: string | null }> {
    const orgId = await this.readableOrg(caller, orgName);
    const { after, limit } = readPage(page);
    const { state, kind, actionId = null, dueBefore = null, mine } = select;
    const rows = await this.items.list({
      orgId,
      state: (state ?? 'OPEN').toLowerCase() as FollowUpState,
      kind: kind ? (kind.toLowerCase() as FollowUpKind) : null,
      actionId,
      assignee: mine && caller ? caller.userId : null,
      dueBefore,
      after,
      limit: limit + 1,
    });
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return { followUps: shown.map((row) => viewFollowUp(row, this.tokens)), after: last ? String(last.id) : null };
  }

  async detailBackend(caller: Viewer | null, orgName: string) {
    return this.details.ofOrg(await this.readableOrg(caller, orgName));
  }

  /** Those just made. */
  async some(orgId: number, ids: number[]): Promise<FollowUpView[]> {
    return (await this.items.some(orgId, ids)).map((row) => viewFollowUp(row, this.tokens));
  }

  private async readableOrg(caller: Viewer | null, orgName: string): Promise<number> {
    const org = await this.lookup.org(orgName);
    requireStaffer(await this.access.toOrg(caller, org.id), true);
    return org.id;
  }
}

/** Throws InputError at the argument. */
function readPage({ after, limit }: PageOfFollowUps): { after: string | null; limit: number } {
  const from = after ? readRowId(after) : null;
  if (after && from === null) throw InputError.at(['after'], 'is invalid');
  const count = limit ?? defaultFollowUps;
  if (count < 1) throw InputError.at(['limit'], 'must be greater than 0');
  if (count > mostFollowUps) throw InputError.at(['limit'], 'is too large');
  return { after: from, limit: count };
}
