import { Database } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import { ApiError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { CatalogueLookup, entityNotFound } from '../catalogue-writing/catalogue-lookup';
import { WriteEffects } from '../catalogue-writing/write-effects';
import { AccessFinder } from '../users/access-finder';
import { requireStaffer, requireViewer } from '../users/permission-guard';
import { ActionDecisions, type Decision } from './action-decisions';
import { ModeratedActionReadModel } from './moderated-action.read-model';

export interface ConfirmInput {
  code: string;
  email?: string | null;
  objectId?: number | null;
}

type DecisionStatus = 'SUCCESS' | 'NOOP';

const codeInvalid = (): ApiError => new ApiError(null, 'code invalid');

/** Moderation by API (graphql-api.md §5.8, §11). */
@Injectable()
export class ModerationService {
  constructor(
    private readonly database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    private readonly actions: ModeratedActionReadModel,
    private readonly decisions: ActionDecisions,
  ) {}

  /** For any staffer of the page's org or of the lead. What never waited for moderation stays as it is. */
  async decideAction(
    caller: Viewer | null,
    orgName: string,
    actionId: number,
    decision: Decision,
  ): Promise<DecisionStatus> {
    const org = await this.lookup.org(orgName);
    requireStaffer(await this.access.toOrg(caller, org.id));
    const viewer = requireViewer(caller);
    const action = await this.actions.findOfOrg(actionId, org.id);
    if (!action) throw entityNotFound();
    const wasUpForIt = action.charges !== null || action.actionStatus === 'confirming' || action.actionStatus === 'new';
    if (!wasUpForIt || this.decisions.judge(action, decision) === 'noop') return 'NOOP';
    const effects = new WriteEffects();
    effects.audit('action', actionId, { operation: 'decideAction', orgId: org.id, decision });
    await this.database.run((manager) => new AuditRepository(manager).insert(String(viewer.userId), effects.audits));
    await this.decisions.decide(action, decision);
    return 'SUCCESS';
  }

  /** The code of an action suffices, whoever has it; every other code needs a staffer of the org. */
  async confirmByOrg(
    caller: Viewer | null,
    orgName: string,
    confirm: ConfirmInput,
    decision: Decision,
  ): Promise<DecisionStatus> {
    const status = await this.decideByCode(confirm, decision);
    if (status) return status;
    const org = await this.lookup.org(orgName);
    requireStaffer(await this.access.toOrg(caller, org.id));
    throw codeInvalid();
  }

  /** The same for codes that need nothing but an account. */
  async confirmByUser(caller: Viewer | null, confirm: ConfirmInput, decision: Decision): Promise<DecisionStatus> {
    const status = await this.decideByCode(confirm, decision);
    if (status) return status;
    requireViewer(caller);
    throw codeInvalid();
  }

  /** Null when the code is not one of an action. */
  private async decideByCode({ code }: ConfirmInput, decision: Decision): Promise<DecisionStatus | null> {
    const action = await this.decisions.findByCode(code);
    if (!action) return null;
    return (await this.decisions.decideByCode(action, decision)) === 'changed' ? 'SUCCESS' : 'NOOP';
  }
}
