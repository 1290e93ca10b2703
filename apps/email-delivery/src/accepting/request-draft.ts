import type { MailRequestV1 } from '@groundswell/contracts';
import {
  formatCustomId,
  mailRequestPurpose,
  mailRetrySpanMs,
  requestTemplate,
  requestVariables,
} from '@groundswell/domain';
import { keptTraceHeaders, type Trace } from '@groundswell/observability';
import type { DeliveryDraft } from '../deliveries/delivery';

/** A mail about an account, a confirm or a rule, as a row to be: from the instance org if no other is named, its template named by the kind. */
export function requestDraft(request: MailRequestV1, instanceOrgId: number, trace: Trace | null = null): DeliveryDraft {
  const { kind, to, locale, data, notBefore, notAfter } = request;
  const [local] = to.email.split('@');
  return {
    purpose: mailRequestPurpose(request.purpose),
    kind,
    customId: formatCustomId({ type: 'user', email: to.email }),
    orgId: request.orgId ?? instanceOrgId,
    campaignId: null,
    pageId: null,
    actionId: null,
    ref: null,
    acceptedAt: null,
    template: requestTemplate(kind),
    locale,
    recipient: { email: to.email, name: local ?? null },
    variables: requestVariables(kind, data),
    notBefore: notBefore === undefined ? null : new Date(notBefore),
    notAfter: notAfter === undefined ? new Date(Date.now() + mailRetrySpanMs) : new Date(notAfter),
    trace: keptTraceHeaders(trace).traceparent ?? null,
  };
}
