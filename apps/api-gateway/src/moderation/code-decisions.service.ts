import { Injectable } from '@nestjs/common';
import { ApiError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { ConfirmDecisions, type ConfirmOutcome, type Verb } from '../confirms/confirm-decisions';
import type { ConfirmInput } from '../confirms/confirm-match';
import { AccessFinder } from '../users/access-finder';
import { requireStaffer, requireViewer } from '../users/permission-guard';
import { ActionDecisions } from './action-decisions';

const codeInvalid = (): ApiError => new ApiError(null, 'code invalid');

/** Accepting and rejecting by code over the API (graphql-api.md §5.8): codes of actions, which suffice whoever has them,
 *  and codes of the catalogue's confirms. */
@Injectable()
export class CodeDecisionsService {
  constructor(
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    private readonly confirms: ConfirmDecisions,
    private readonly actions: ActionDecisions,
  ) {}

  /** As staff of that org. */
  async byOrg(caller: Viewer | null, orgName: string, input: ConfirmInput, verb: Verb): Promise<ConfirmOutcome> {
    const confirm = await this.confirms.find(input);
    const outcome = confirm ? null : await this.decideAction(input, verb);
    if (outcome) return outcome;
    const org = await this.lookup.org(orgName);
    const access = await this.access.toOrg(caller, org.id);
    requireStaffer(access);
    if (!confirm) throw codeInvalid();
    return this.confirms.decide(confirm, access, verb);
  }

  /** As nobody's staff: what needs it is refused. */
  async byUser(caller: Viewer | null, input: ConfirmInput, verb: Verb): Promise<ConfirmOutcome> {
    const confirm = await this.confirms.find(input);
    const outcome = confirm ? null : await this.decideAction(input, verb);
    if (outcome) return outcome;
    const viewer = requireViewer(caller);
    if (!confirm) throw codeInvalid();
    return this.confirms.decide(confirm, { viewer, membership: null }, verb);
  }

  /** Null when the code is not one of an action. */
  private async decideAction({ code }: ConfirmInput, verb: Verb): Promise<ConfirmOutcome | null> {
    const action = await this.actions.findByCode(code);
    if (!action) return null;
    const outcome = await this.actions.decideByCode(action, verb);
    return { status: outcome === 'changed' ? 'SUCCESS' : 'NOOP' };
  }
}
