import {
  createFollowUpsAnswerV1,
  followUpChangeAnswerV1,
  followUpRefusals,
  mostAssignees,
  type FollowUpAssigneeV1,
} from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import { Database } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { ACCEPTING_SETTINGS, type AcceptingSettings } from '../accepting/accepting.module';
import { InputError } from '../api/api-error';
import { ActionIngestClient } from '../asking/action-ingest.client';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { CatalogueLookup, entityNotFound } from '../catalogue-writing/catalogue-lookup';
import type { AuditNote } from '../catalogue-writing/write-effects';
import { contactRefBytes } from '../exports/contact-ref';
import { readRowId } from '../mails/page-selection';
import { AccessFinder } from '../users/access-finder';
import { requireStaffer, requireViewer } from '../users/permission-guard';
import { readAssignee, type FollowUpAssigneeInput } from './follow-up-assignee';
import { FollowUpReadModel, type FollowUpSubject } from './follow-up.read-model';
import { FollowUpService } from './follow-up.service';
import type { FollowUpView } from './follow-up-view';

export interface FollowUpInput {
  kind: string;
  actionId?: number | null;
  contactRef?: string | null;
  dueAt?: Date | null;
  completeAll?: boolean | null;
  assignees?: FollowUpAssigneeInput[] | null;
}

type ChangeStatus = 'SUCCESS' | 'NOOP';
type Asked = Parameters<ActionIngestClient['ask']>[0];

const itemKinds = { CALL: 'call', REMINDER: 'reminder' } as const;

/** Follow-up items as staff have them made, given to somebody and closed: asked of action-ingest. */
@Injectable()
export class FollowUpChangeService {
  private readonly items: FollowUpReadModel;

  constructor(
    private readonly database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    private readonly followUps: FollowUpService,
    private readonly ingest: ActionIngestClient,
    @Inject(ACCEPTING_SETTINGS) private readonly settings: AcceptingSettings,
  ) {
    this.items = new FollowUpReadModel(database);
  }

  async create(caller: Viewer | null, orgName: string, input: FollowUpInput): Promise<FollowUpView[]> {
    const { viewer, orgId } = await this.changedOrg(caller, orgName);
    const itemKind = itemKinds[input.kind as keyof typeof itemKinds];
    if (!itemKind) throw InputError.at(['kind'], 'is invalid');
    const subject = await this.subjectOf(orgId, input);
    const assignees = await this.assigneesOf(orgId, input.assignees ?? []);
    const { actionId, supporterId } = subject;
    const changeset = {
      operation: 'createFollowUps',
      orgId,
      kind: itemKind,
      actionId,
      supporterId,
      count: assignees.length,
    };
    await this.note(viewer, { resource: 'org', resourceId: String(orgId), changeset });
    const { itemIds } = await this.ask(
      {
        kind: 'create_follow_ups',
        orgId,
        itemKind,
        actionId,
        supporterId,
        dueAt: input.dueAt?.toISOString() ?? null,
        completeAll: input.completeAll ?? false,
        assignees,
      },
      createFollowUpsAnswerV1,
    );
    return this.followUps.some(orgId, itemIds);
  }

  async assign(
    caller: Viewer | null,
    orgName: string,
    id: string,
    to: FollowUpAssigneeInput | null,
  ): Promise<ChangeStatus> {
    const { viewer, orgId, itemId } = await this.changedItem(caller, orgName, id);
    const [assignee = null] = to ? await this.assigneesOf(orgId, [to], ['assignee']) : [];
    const userId = assignee && 'userId' in assignee ? assignee.userId : null;
    const changeset = { operation: 'assignFollowUp', orgId, userId, isVolunteer: assignee !== null && userId === null };
    await this.note(viewer, { resource: 'follow_up', resourceId: String(itemId), changeset });
    const { outcome } = await this.ask({ kind: 'assign_follow_up', orgId, itemId, assignee }, followUpChangeAnswerV1);
    return outcome === 'changed' ? 'SUCCESS' : 'NOOP';
  }

  async close(caller: Viewer | null, orgName: string, id: string, outcome: string): Promise<ChangeStatus> {
    const { viewer, orgId, itemId } = await this.changedItem(caller, orgName, id);
    const state = outcome === 'CANCELED' ? 'canceled' : 'done';
    const changeset = { operation: 'closeFollowUp', orgId, state };
    await this.note(viewer, { resource: 'follow_up', resourceId: String(itemId), changeset });
    const answer = await this.ask({ kind: 'close_follow_up', orgId, itemId, state }, followUpChangeAnswerV1);
    return answer.outcome === 'changed' ? 'SUCCESS' : 'NOOP';
  }

  private async subjectOf(orgId: number, { actionId, contactRef }: FollowUpInput): Promise<FollowUpSubject> {
    if ((actionId == null) === (contactRef == null)) {
      throw InputError.at(['actionId'], 'needs either actionId or contactRef');
    }
    const subject =
      actionId != null
        ? await this.items.actionOf(orgId, actionId)
        : await this.items.supporterOf(orgId, contactRefBytes(contactRef ?? ''));
    if (!subject) throw entityNotFound();
    return subject;
  }

  private async assigneesOf(
    orgId: number,
    given: FollowUpAssigneeInput[],
    at: (string | number)[] = ['assignees'],
  ): Promise<FollowUpAssigneeV1[]> {
    if (given.length > mostAssignees) throw InputError.at(at, `should have at most ${mostAssignees} item(s)`);
    const isList = at[0] === 'assignees';
    const pathOf = (index: number) => (isList ? [...at, index] : at);
    const read = given.map((one, index) => readAssignee(one, pathOf(index), this.settings.fingerprintSeed));
    const userIds = read.flatMap((one) => ('userId' in one ? [one.userId] : []));
    const staff = await this.items.staffAmong(orgId, userIds);
    read.forEach((one, index) => {
      if ('userId' in one && !staff.has(one.userId)) {
        throw InputError.at([...pathOf(index), 'userId'], 'is no staff of the organisation');
      }
    });
    return read;
  }

  private async changedItem(caller: Viewer | null, orgName: string, id: string) {
    const { viewer, orgId } = await this.changedOrg(caller, orgName);
    const itemId = Number(readRowId(id) ?? 0);
    const [item] = itemId > 0 && Number.isSafeInteger(itemId) ? await this.items.some(orgId, [itemId]) : [];
    if (!item) throw entityNotFound();
    return { viewer, orgId, itemId };
  }

  private async changedOrg(caller: Viewer | null, orgName: string): Promise<{ viewer: Viewer; orgId: number }> {
    const org = await this.lookup.org(orgName);
    requireStaffer(await this.access.toOrg(caller, org.id), true);
    return { viewer: requireViewer(caller), orgId: org.id };
  }

  private async ask<Answer>(asked: Asked, answer: { parse(value: unknown): Answer }): Promise<Answer> {
    try {
      return await this.ingest.ask(asked, answer);
    } catch (error) {
      const isGone = error instanceof RpcRefusedError && error.code === followUpRefusals.noSubject;
      throw isGone ? entityNotFound() : error;
    }
  }

  /** Before it is asked, so nothing is done unseen. */
  private async note(viewer: Viewer, note: AuditNote): Promise<void> {
    await this.database.run((manager) => new AuditRepository(manager).insert(String(viewer.userId), [note]));
  }
}
