import {
  exchanges,
  requestKey,
  requeueActionsAnswerV1,
  requeueActionsRequestV1,
  type RequeueActionsAnswerV1,
  type RequeueActionsRequestV1,
} from '@groundswell/contracts';
import { uuidV7 } from '@groundswell/crypto';
import { isTransient, Rpc } from '@groundswell/messaging';
import { Database } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { InputError, unavailable } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { WriteEffects } from '../catalogue-writing/write-effects';
import type { GatewayConfig } from '../config';
import { GATEWAY_CONFIG } from '../http/runtime.module';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';

export type RequeueTarget =
  | 'EMAIL_SUPPORTER'
  | 'CUSTOM_SUPPORTER_CONFIRM'
  | 'CUSTOM_ACTION_CONFIRM'
  | 'CUSTOM_ACTION_DELIVER'
  | 'SQS'
  | 'WEBHOOK';

const queueOf: Record<RequeueTarget, RequeueActionsRequestV1['queue']> = {
  EMAIL_SUPPORTER: 'email',
  CUSTOM_SUPPORTER_CONFIRM: 'confirm',
  CUSTOM_ACTION_CONFIRM: 'moderate',
  CUSTOM_ACTION_DELIVER: 'crm',
  SQS: 'sqs',
  WEBHOOK: 'webhook',
};

/** Most actions of one call; all of them are one transaction. */
export const requeueLimit = 10_000;
const retryAfterSeconds = 5;

/** Asks action-ingest to send messages again (graphql-api.md §5.3, processing.md §8.1). */
@Injectable()
export class RequeueService {
  constructor(
    private readonly database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    private readonly rpc: Rpc,
    @Inject(GATEWAY_CONFIG) private readonly config: Pick<GatewayConfig, 'ANSWER_WAIT_MS'>,
  ) {}

  async requeue(
    caller: Viewer | null,
    orgName: string,
    ids: number[] | null,
    target: RequeueTarget,
  ): Promise<RequeueActionsAnswerV1> {
    const org = await this.lookup.org(orgName);
    const viewer = requireAnyOf(await this.access.toOrg(caller, org.id), 'export_contacts');
    const actionIds = [...new Set(ids ?? [])];
    if (actionIds.length > requeueLimit) throw InputError.at(['ids'], 'is too large');
    if (actionIds.length === 0) return { count: 0, failed: 0 };
    const request: RequeueActionsRequestV1 = {
      schema: 'groundswell:request:1',
      kind: 'requeue_actions',
      id: uuidV7(),
      orgId: org.id,
      actionIds,
      queue: queueOf[target],
    };
    const answer = await this.ask(requeueActionsRequestV1.parse(request));
    await this.audit(viewer, request, answer);
    if (!answer) throw unavailable(retryAfterSeconds);
    return answer;
  }

  /** Null when it is not known to have been carried out. */
  private async ask(request: RequeueActionsRequestV1): Promise<RequeueActionsAnswerV1 | null> {
    try {
      const routing = { exchange: exchanges.ingest, routingKey: requestKey('action-ingest') };
      const answer = await this.rpc.request(routing, request, {
        id: request.id,
        timeoutMs: this.config.ANSWER_WAIT_MS,
        type: request.schema,
      });
      return requeueActionsAnswerV1.parse(answer);
    } catch (error) {
      if (!isTransient(error)) throw error;
      return this.readAnswer(request.id);
    }
  }

  /** The reply may be lost though it was carried out: then the state has it. */
  private async readAnswer(id: string): Promise<RequeueActionsAnswerV1 | null> {
    const [row] = await this.database.query<{ answer: unknown }>(
      'select answer from actions.answered_requests where id = $1',
      [id],
    );
    return row ? requeueActionsAnswerV1.parse(row.answer) : null;
  }

  private async audit(
    viewer: Viewer,
    { id, orgId, actionIds, queue }: RequeueActionsRequestV1,
    answer: RequeueActionsAnswerV1 | null,
  ): Promise<void> {
    const effects = new WriteEffects();
    const result = answer ?? 'unavailable';
    effects.audit('requeue', id, { operation: 'requeueActions', orgId, queue, actionIds, result });
    await this.database.run((manager) => new AuditRepository(manager).insert(String(viewer.userId), effects.audits));
  }
}
