import { Database } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { CatalogueLookup, entityNotFound } from '../catalogue-writing/catalogue-lookup';
import { WriteEffects } from '../catalogue-writing/write-effects';
import { AccessFinder } from '../users/access-finder';
import { requireStaffer, requireViewer } from '../users/permission-guard';
import { ActionDecisions, type Decision } from './action-decisions';
import { ModeratedActionReadModel } from './moderated-action.read-model';

type DecisionStatus = 'SUCCESS' | 'NOOP';

/** Moderation by API, without a code (graphql-api.md §11). */
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
}
