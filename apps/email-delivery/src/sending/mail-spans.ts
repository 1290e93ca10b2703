import { parseTraceparent, type OpenSpan, type Tracing } from '@groundswell/observability';
import type { OpenAccount } from '../accounts/mail-accounts';
import type { ClaimedDelivery } from '../deliveries/delivery';
import type { SendResult } from '../providers/mail-provider';

/** The call to the provider, once for each mail that has a trace: in the order of the mails, null for the others. */
export const mailSpans = (
  tracing: Tracing,
  { provider }: Pick<OpenAccount, 'provider'>,
  mails: readonly { delivery: ClaimedDelivery }[],
): (OpenSpan | null)[] =>
  !tracing.isOn
    ? []
    : mails.map(({ delivery: { trace, kind, purpose, orgId, actionId, attempts } }) => {
        const parent = parseTraceparent(trace);
        if (!parent) return null;
        const attributes = {
          'groundswell.provider': provider.kind,
          'groundswell.mail_kind': kind,
          'groundswell.mail_purpose': purpose,
          'groundswell.org_id': orgId,
          'groundswell.action_id': actionId ?? undefined,
          'groundswell.attempt': attempts + 1,
          'messaging.batch.message_count': mails.length,
        };
        return tracing.start({ name: 'mail', kind: 'client', parent, attributes });
      });

export const endMailSpan = (span: OpenSpan | null | undefined, { outcome }: SendResult): void => {
  span?.set({ 'groundswell.outcome': outcome });
  span?.end(outcome === 'sent' ? undefined : outcome);
};
