import {
  crmForwarderRefusals,
  type CrmForwarderRequestV1,
  type PushChangeAnswerV1,
  type ReplayFailedAnswerV1,
} from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import type { PushControl } from '../pushing/push-control';

/** What a person decides about pushes and endpoints. */
export class PushRequests {
  constructor(private readonly control: Pick<PushControl, 'enable' | 'replay' | 'replayFailed' | 'drop'>) {}

  async answer(request: CrmForwarderRequestV1): Promise<PushChangeAnswerV1 | ReplayFailedAnswerV1> {
    switch (request.kind) {
      case 'enable_endpoint':
        return answerOf(await this.control.enable(request.orgId, request.serviceId), 'endpoint');
      case 'replay_push':
        return answerOf(await this.control.replay(request.orgId, request.pushId), 'push');
      case 'drop_push':
        return answerOf(await this.control.drop(request.orgId, request.pushId), 'push');
      case 'replay_failed':
        return { count: await this.control.replayFailed(request.orgId, rangeOf(request)) };
    }
  }
}

function answerOf(outcome: 'changed' | 'unchanged' | 'not_found', what: string): PushChangeAnswerV1 {
  if (outcome === 'not_found') throw new RpcRefusedError(crmForwarderRefusals.notFound, `there is no such ${what}`);
  return { outcome };
}

const rangeOf = ({ from, to }: { from?: string | undefined; to?: string | undefined }): { from?: Date; to?: Date } => ({
  ...(from === undefined ? {} : { from: new Date(from) }),
  ...(to === undefined ? {} : { to: new Date(to) }),
});
