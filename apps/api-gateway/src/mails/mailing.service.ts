import { changeAnswerV1, emailDeliveryRefusals } from '@groundswell/contracts';
import { Database } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import type { Viewer } from '../auth/access';
import { BatchedLookup } from '../catalogue-writing/batched-lookup';
import { CatalogueLookup, entityNotFound } from '../catalogue-writing/catalogue-lookup';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf, requireStaffer } from '../users/permission-guard';
import { EmailDeliveryClient } from './email-delivery.client';
import { groupedBy } from './grouped-by';
import { MailAudit } from './mail-audit';
import { refusalError } from './mail-errors';
import { viewMail, type MailView } from './mail-views';
import { statusOf } from './mail.service';
import { viewBatch, viewMailing, viewProgress, type MailingView } from './mailing-view';
import { failuresKey, MailingReadModel, type MailingState } from './mailing.read-model';
import { readPage, readRowId, type PageSelection } from './page-selection';

export interface SelectMailings extends PageSelection {
  state?: Uppercase<MailingState> | null;
}

const changes = {
  retryMailing: { kind: 'retry_mailing', refused: 'mailing not failed' },
  stopMailing: { kind: 'stop_mailing', refused: 'mailing has ended' },
} as const;

/** Mailings of an org and how far they are (email-events.md §4, §9). */
@Injectable()
export class MailingService {
  private readonly readModel: MailingReadModel;
  private readonly batches = new BatchedLookup(async (ids: string[]) =>
    groupedBy(await this.readModel.batchesOf(ids), ({ mailingId }) => mailingId),
  );
  private readonly progress = new BatchedLookup(
    async (ids: string[]) => new Map((await this.readModel.progressOf(ids)).map((row) => [row.mailingId, row])),
  );
  private readonly failures = new BatchedLookup(async (keys: string[]) =>
    groupedBy(await this.readModel.failuresOf(keys), ({ key }) => key),
  );

  constructor(
    database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    private readonly delivery: EmailDeliveryClient,
    private readonly audit: MailAudit,
  ) {
    this.readModel = new MailingReadModel(database);
  }

  async list(caller: Viewer | null, orgName: string, select: SelectMailings): Promise<MailingView[]> {
    const orgId = await this.readableOrg(caller, orgName);
    const { after, limit } = readPage(select);
    const state = select.state ? (select.state.toLowerCase() as MailingState) : null;
    return (await this.readModel.list(orgId, state, after, limit)).map(viewMailing);
  }

  async find(caller: Viewer | null, orgName: string, id: string): Promise<MailingView> {
    const orgId = await this.readableOrg(caller, orgName);
    const mailingId = readRowId(id);
    const row = mailingId === null ? null : await this.readModel.find(orgId, mailingId);
    if (!row) throw entityNotFound();
    return viewMailing(row);
  }

  /** Of a mailing that was just read. */
  async progressOf(mailingId: string) {
    const row = await this.progress.get(mailingId);
    if (!row) throw entityNotFound();
    return viewProgress(row);
  }

  async batchesOf(mailingId: string) {
    return ((await this.batches.get(mailingId)) ?? []).map(viewBatch);
  }

  async failuresOf(mailingId: string, selection: PageSelection): Promise<MailView[]> {
    const { after, limit } = readPage(selection);
    return ((await this.failures.get(failuresKey(mailingId, after, limit))) ?? []).map(viewMail);
  }

  async change(
    caller: Viewer | null,
    orgName: string,
    id: string,
    operation: keyof typeof changes,
  ): Promise<'SUCCESS' | 'NOOP'> {
    const org = await this.lookup.org(orgName);
    const viewer = requireAnyOf(await this.access.toOrg(caller, org.id), 'manage_campaigns');
    const mailingId = readRowId(id);
    if (mailingId === null) throw entityNotFound();
    const { kind, refused } = changes[operation];
    await this.audit.note(viewer, 'mailing', mailingId, { operation, orgId: org.id });
    try {
      return statusOf(await this.delivery.ask({ kind, orgId: org.id, mailingId }, changeAnswerV1));
    } catch (error) {
      throw refusalError(error, { [emailDeliveryRefusals.mailingRefused]: refused });
    }
  }

  private async readableOrg(caller: Viewer | null, orgName: string): Promise<number> {
    const org = await this.lookup.org(orgName);
    requireStaffer(await this.access.toOrg(caller, org.id), true);
    return org.id;
  }
}
