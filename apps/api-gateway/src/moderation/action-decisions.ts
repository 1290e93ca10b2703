import { actionDecisionV1, partitionCount, type ActionDecisionV1 } from '@groundswell/contracts';
import { encodeRef, partitionOfRef, uuidV7 } from '@groundswell/crypto';
import { decideCommand } from '@groundswell/domain';
import type { DurablePublisher } from '../accepting/durable-publisher';
import { ApiError } from '../api/api-error';
import type { ModeratedAction, ModeratedActionReadModel } from './moderated-action.read-model';

export type Decision = ActionDecisionV1['decision'];

/** `noop`: it was decided so before. */
export type DecisionOutcome = 'changed' | 'noop';

export interface ActionDecisionsOptions {
  readModel: Pick<ModeratedActionReadModel, 'findByCode'>;
  durable: Pick<DurablePublisher, 'publish'>;
  /** Parse each command by its contract before publishing: for tests and development. */
  checksContracts: boolean;
  now?: () => Date;
}

const codeForm = /^\d{1,32}$/;

/**
 * A moderator's decisions (processing.md §5.6): judged by the state as it is stored, then published to the supporter's
 * partition. Twice is safe: the second time there is nothing to change, and action-ingest judges again by what it finds.
 */
export class ActionDecisions {
  constructor(private readonly options: ActionDecisionsOptions) {}

  /** The action a code is for; null when there is none. */
  async findByCode(code: string): Promise<ModeratedAction | null> {
    return codeForm.test(code) ? this.options.readModel.findByCode(code) : null;
  }

  /** As `decide`, by the code alone. Rejecting uses a code up, accepting again after accepting is no change. */
  async decideByCode(action: ModeratedAction, decision: Decision): Promise<DecisionOutcome> {
    const isUsedUp = (action.charges ?? 0) <= 0 || action.actionStatus === 'rejected';
    if (decision === 'accept' && isUsedUp) throw new ApiError('expired', 'expired');
    return this.decide(action, decision);
  }

  /** Throws ApiError with the reason when the state does not allow it, and `unavailable` when it cannot be kept. */
  async decide(action: ModeratedAction, decision: Decision): Promise<DecisionOutcome> {
    const outcome = this.judge(action, decision);
    if (outcome === 'changed') await this.publish(action, decision);
    return outcome;
  }

  /** What `decide` would answer. */
  judge({ actionId, ...state }: ModeratedAction, decision: Decision): DecisionOutcome {
    const { outcome, error } = decideCommand(
      {
        status: state.supporterStatus,
        emailStatus: state.emailStatus,
        actions: [{ id: actionId, status: state.actionStatus }],
      },
      { kind: 'action_decision', actionId, decision },
    );
    if (outcome === 'refused') throw new ApiError(null, error ?? '');
    return outcome;
  }

  private async publish({ actionId, fingerprint }: ModeratedAction, decision: Decision): Promise<void> {
    const at = this.options.now?.() ?? new Date();
    const command: ActionDecisionV1 = {
      schema: 'groundswell:command:1',
      id: uuidV7(at.getTime()),
      at: at.toISOString(),
      kind: 'action_decision',
      actionId,
      ref: encodeRef(fingerprint),
      decision,
    };
    if (this.options.checksContracts) actionDecisionV1.parse(command);
    await this.options.durable.publish({
      id: command.id,
      type: command.schema,
      partition: partitionOfRef(fingerprint, partitionCount),
      json: Buffer.from(JSON.stringify(command)),
      at,
    });
  }
}
