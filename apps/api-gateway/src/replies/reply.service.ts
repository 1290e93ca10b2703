import { encodeRef } from '@groundswell/crypto';
import { Database } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import { InputError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';
import { ReplyReadModel, type ReplyPosition, type ReplyRow } from './reply.read-model';

export interface RepliesArguments {
  orgName: string;
  campaignName?: string | null;
  after?: string | null;
  limit?: number | null;
}

export const defaultReplies = 50;
/** Each of 10 000 characters at most. */
export const mostReplies = 100;

const cursorForm = /^(\d{1,14})-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** What targets answered, for those who may export the org's contacts: it may say anything about a supporter. */
@Injectable()
export class ReplyService {
  private readonly replies: ReplyReadModel;

  constructor(
    database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
  ) {
    this.replies = new ReplyReadModel(database);
  }

  async list(caller: Viewer | null, { orgName, campaignName, ...page }: RepliesArguments) {
    const org = await this.lookup.org(orgName);
    requireAnyOf(await this.access.toOrg(caller, org.id), 'export_contacts');
    const { after, limit } = readPage(page);
    const campaign = campaignName ? await this.lookup.campaign(campaignName) : null;
    const query = { orgId: org.id, campaignId: campaign?.id ?? null, after, limit: limit + 1 };
    const rows = await this.replies.list(query);
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return { replies: shown.map(viewReply), after: last ? `${last.receivedAt.getTime()}-${last.id}` : null };
  }
}

const viewReply = ({ fingerprint, ...row }: ReplyRow) => ({ ...row, contactRef: encodeRef(fingerprint) });

/** Throws InputError at the argument. */
function readPage({ after, limit }: Pick<RepliesArguments, 'after' | 'limit'>): {
  after: ReplyPosition | null;
  limit: number;
} {
  const [, receivedAtMs, id] = (after && cursorForm.exec(after)) || [];
  if (after && (receivedAtMs === undefined || id === undefined)) throw InputError.at(['after'], 'is invalid');
  const count = limit ?? defaultReplies;
  if (count < 1) throw InputError.at(['limit'], 'must be greater than 0');
  if (count > mostReplies) throw InputError.at(['limit'], 'is too large');
  return { after: id === undefined ? null : { receivedAt: new Date(Number(receivedAtMs)), id }, limit: count };
}
