import { parseTraceparent, type OpenSpan, type Tracing } from '@groundswell/observability';
import type { PushEndpoint } from './push-backend';
import type { ClaimedPush, PushEnd } from './push-end';

/** The call to the endpoint, once for each push that has a trace: in the order of the pushes, null for the others. */
export const pushSpans = (
  tracing: Tracing,
  { kind, serviceId }: Pick<PushEndpoint, 'kind' | 'serviceId'>,
  pushes: readonly ClaimedPush[],
): (OpenSpan | null)[] =>
  !tracing.isOn
    ? []
    : pushes.map(({ trace, orgId, actionId, messageId, attempts }) => {
        const parent = parseTraceparent(trace);
        if (!parent) return null;
        const attributes = {
          'groundswell.backend': kind,
          'groundswell.service_id': serviceId,
          'groundswell.org_id': orgId,
          'groundswell.action_id': actionId ?? undefined,
          'groundswell.attempt': attempts + 1,
          'messaging.message.id': messageId,
          'messaging.batch.message_count': pushes.length,
        };
        return tracing.start({ name: 'push', kind: 'client', parent, attributes });
      });

export const endPushSpan = (span: OpenSpan | null | undefined, { attempt }: PushEnd): void => {
  const { outcome, status } = attempt;
  span?.set({ 'groundswell.outcome': outcome, 'http.response.status_code': status ?? undefined });
  span?.end(outcome === 'delivered' ? undefined : status === null ? outcome : String(status));
};
