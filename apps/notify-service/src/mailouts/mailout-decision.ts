import { emailStatusFromCode } from '@groundswell/domain';
import type { Candidate } from './mailout';

export type LeftOutReason = 'erased' | 'bounced' | 'complained' | 'unsubscribed' | 'no consent' | 'no address';

export type MailoutDecision =
  { kind: 'recipient' } | { kind: 'awaiting opt-in' } | { kind: 'left out'; reason: LeftOutReason };

type Facts = Pick<Candidate, 'isErased' | 'emailStatus' | 'hasConsent' | 'email'>;

/** Whether a mailout of an org may go to one of its supporters (processing.md §3, §5.7). */
export function decideMailout(person: Facts, { isOptInRequired }: { isOptInRequired: boolean }): MailoutDecision {
  if (person.isErased) return { kind: 'left out', reason: 'erased' };
  const status = emailStatusFromCode(person.emailStatus);
  switch (status) {
    case 'bounce':
    case 'blocked':
    case 'inactive':
      return { kind: 'left out', reason: 'bounced' };
    case 'spam':
      return { kind: 'left out', reason: 'complained' };
    case 'unsub':
      return { kind: 'left out', reason: 'unsubscribed' };
    case 'none':
    case 'active':
    case 'double_opt_in':
      break;
  }
  if (!person.hasConsent) return { kind: 'left out', reason: 'no consent' };
  if (!person.email) return { kind: 'left out', reason: 'no address' };
  return isOptInRequired && status !== 'double_opt_in' ? { kind: 'awaiting opt-in' } : { kind: 'recipient' };
}
