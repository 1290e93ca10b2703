import { changeAnswerV1, type ChangeAnswerV1 } from '@groundswell/contracts';
import { Database } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import type { Viewer } from '../auth/access';
import { BatchedLookup } from '../catalogue-writing/batched-lookup';
import { CatalogueLookup, entityNotFound } from '../catalogue-writing/catalogue-lookup';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf, requireStaffer } from '../users/permission-guard';
import { EmailDeliveryClient } from './email-delivery.client';
import { MailAudit } from './mail-audit';
import { refusalError } from './mail-errors';
import { viewEvent, viewFailure, viewMail, type MailView } from './mail-views';
import { MailReadModel, type WaitingState } from './mail.read-model';
import { groupedBy } from './grouped-by';
import { readPage, readRowId, type PageSelection } from './page-selection';

export interface SelectMails extends PageSelection {
  state?: Uppercase<WaitingState> | null;
  kind?: string | null;
}

export interface WaitingMails {
  /** Whose; null: of all orgs. */
  orgId: number | null;
  mails: MailView[];
  /** Where the next page begins. */
  after: string | null;
}

const waitingStates: WaitingState[] = ['failed', 'unknown'];

/** What became of single mails, and what a person decides about those of which nobody knows (email-and-mtt.md §1.3). */
@Injectable()
export class MailService {
  private readonly readModel: MailReadModel;
  private readonly failures = new BatchedLookup((ids: string[]) => this.readFailures(ids));
  private readonly events = new BatchedLookup((ids: string[]) => this.readEvents(ids));

  constructor(
    database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    private readonly delivery: EmailDeliveryClient,
    private readonly audit: MailAudit,
  ) {
    this.readModel = new MailReadModel(database);
  }

  /** For staff of the page's org or of the lead. */
  async history(caller: Viewer | null, orgName: string, actionId: number): Promise<MailView[]> {
    const org = await this.lookup.org(orgName);
    requireStaffer(await this.access.toOrg(caller, org.id), true);
    if (!(await this.readModel.isActionOf(actionId, org.id))) throw entityNotFound();
    return (await this.readModel.ofAction(actionId)).map(viewMail);
  }

  /** Of all orgs for instance admins, when none is named. */
  async waiting(caller: Viewer | null, orgName: string | null, select: SelectMails): Promise<WaitingMails> {
    const orgId = await this.readableOrg(caller, orgName);
    const { after, limit } = readPage(select);
    const states = select.state ? [select.state.toLowerCase() as WaitingState] : waitingStates;
    const query = { orgId, states, kind: select.kind || null, after, limit: limit + 1 };
    const rows = await this.readModel.waiting(query);
    const mails = rows.slice(0, limit).map(viewMail);
    return { orgId, mails, after: rows.length > limit ? (mails.at(-1)?.id ?? null) : null };
  }

  counts(orgId: number | null): Promise<Record<WaitingState, number>> {
    return this.readModel.countsOf(orgId);
  }

  async failureOf(mailId: string) {
    const row = await this.failures.get(mailId);
    return row ? viewFailure(row) : null;
  }

  async eventsOf(mailId: string) {
    return ((await this.events.get(mailId)) ?? []).map(viewEvent);
  }

  async decide(
    caller: Viewer | null,
    orgName: string,
    id: string,
    kind: 'resend_mail' | 'drop_mail',
  ): Promise<'SUCCESS' | 'NOOP'> {
    const org = await this.lookup.org(orgName);
    const viewer = requireAnyOf(await this.access.toOrg(caller, org.id), 'export_contacts');
    const deliveryId = readRowId(id);
    if (deliveryId === null) throw entityNotFound();
    const operation = kind === 'resend_mail' ? 'resendMail' : 'dropMail';
    await this.audit.note(viewer, 'mail', deliveryId, { operation, orgId: org.id });
    try {
      return statusOf(await this.delivery.ask({ kind, orgId: org.id, deliveryId }, changeAnswerV1));
    } catch (error) {
      throw refusalError(error);
    }
  }

  private async readableOrg(caller: Viewer | null, orgName: string | null): Promise<number | null> {
    if (orgName === null) {
      requireAnyOf({ viewer: caller, membership: null }, 'instance_owner');
      return null;
    }
    const org = await this.lookup.org(orgName);
    requireStaffer(await this.access.toOrg(caller, org.id), true);
    return org.id;
  }

  private async readFailures(ids: string[]) {
    return new Map((await this.readModel.failuresOf(ids)).map((row) => [row.deliveryId, row]));
  }

  private async readEvents(ids: string[]) {
    return groupedBy(await this.readModel.eventsOf(ids), ({ deliveryId }) => deliveryId);
  }
}

export const statusOf = ({ outcome }: ChangeAnswerV1): 'SUCCESS' | 'NOOP' =>
  outcome === 'changed' ? 'SUCCESS' : 'NOOP';
