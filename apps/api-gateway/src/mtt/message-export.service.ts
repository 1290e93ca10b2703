import { isStorableText } from '@groundswell/domain';
import { Database } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import type { Viewer } from '../auth/access';
import { ApiError } from '../api/api-error';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { WriteEffects } from '../catalogue-writing/write-effects';
import { AccessFinder } from '../users/access-finder';
import { isInstanceOwner, requireAnyOf } from '../users/permission-guard';
import { csvRow } from './csv';
import { MessageExportReadModel, type ExportedMessage, type MessageSelection } from './message-export.read-model';

/** Exactly one of email and target. */
export interface MessageExportArguments {
  orgName: string;
  /** Address of targets. */
  email: string | null;
  /** Id of a target. */
  target: string | null;
  campaignName: string | null;
  duplicates: boolean;
  sent: boolean | null;
}

const columns = 'first_name,last_name,email,area,campaign_name,target_name,msg_subject,msg_body,created_at';

/** What people wrote to a target, as CSV for the campaign's lead (email-and-mtt.md §5.9). */
@Injectable()
export class MessageExportService {
  private readonly readModel: MessageExportReadModel;

  constructor(
    private readonly database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
  ) {
    this.readModel = new MessageExportReadModel(database);
  }

  /** The file in pieces; the first is there, and the audit entry with it, or else an error. */
  async export(caller: Viewer | null, asked: MessageExportArguments): Promise<AsyncIterable<string>> {
    const org = await this.lookup.org(asked.orgName);
    const access = await this.access.toOrg(caller, org.id);
    const viewer = requireAnyOf(access, 'export_contacts');
    const targetIds = await this.targetsOf(org.id, asked);
    const { duplicates, sent } = asked;
    const recordsOf = isInstanceOwner(access) ? null : org.id;
    const parts = this.readModel.parts({ targetIds, duplicates, sent, recordsOf });
    const first = await parts.next();
    await this.audit(viewer, org.id, { targetIds, duplicates, sent, recordsOf });
    if (first.done) throw new ApiError('not_found', `No messages found for ${asked.email ?? asked.target ?? ''}`);
    return csvOf(first.value, parts);
  }

  private async targetsOf(orgId: number, { email, target, campaignName }: MessageExportArguments): Promise<string[]> {
    if (target !== null) return this.readModel.targetsById(orgId, target);
    const address = (email ?? '').trim().toLowerCase();
    if (!isStorableText(address)) return [];
    if (campaignName === null) return this.readModel.targetsByEmail(orgId, address, null);
    const campaign = await this.lookup.campaign(campaignName);
    return this.readModel.targetsByEmail(orgId, address, campaign.id);
  }

  private async audit(viewer: Viewer, orgId: number, { targetIds, duplicates, sent }: MessageSelection): Promise<void> {
    const effects = new WriteEffects();
    effects.audit('export', orgId, { operation: 'messages', orgId, targets: targetIds, duplicates, sent });
    await this.database.run((manager) => new AuditRepository(manager).insert(String(viewer.userId), effects.audits));
  }
}

/** Lines are joined, so the last has no end. */
async function* csvOf(first: ExportedMessage[], others: AsyncIterable<ExportedMessage[]>): AsyncGenerator<string> {
  yield columns + linesOf(first);
  for await (const messages of others) yield linesOf(messages);
}

const linesOf = (messages: ExportedMessage[]): string => messages.map((message) => `\n${lineOf(message)}`).join('');

const lineOf = (message: ExportedMessage): string =>
  csvRow([
    ...[message.firstName, message.lastName, message.email, message.area, message.campaignName, message.targetName],
    ...[message.subject, message.body, message.createdAt.toISOString()],
  ]);
