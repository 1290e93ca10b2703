import type { Candidate } from '../mailouts/mailout';
import { decideMailout } from '../mailouts/mailout-decision';
import type { AwaitingEnd, AwaitingMessage } from './awaiting-message.repository';

export type AwaitingDecision = 'keep' | { end: AwaitingEnd; reason: string | null };

/** What becomes of a kept message now that the person is as `person` says; null: no longer the org's supporter. */
export function decideAwaiting(
  { isExpired, mailoutState }: Pick<AwaitingMessage, 'isExpired' | 'mailoutState'>,
  person: Candidate | null,
  rules: { isOptInRequired: boolean },
): AwaitingDecision {
  if (mailoutState === 'stopped') return { end: 'canceled', reason: 'stopped' };
  if (!person || person.actionId === null) return { end: 'dropped', reason: 'no longer a supporter' };
  const decision = decideMailout(person, rules);
  if (decision.kind === 'left out') return { end: 'dropped', reason: decision.reason };
  if (isExpired) return { end: 'expired', reason: 'not opted in' };
  if (decision.kind === 'awaiting opt-in' || mailoutState === 'paused' || mailoutState === 'building') return 'keep';
  return { end: 'released', reason: null };
}
