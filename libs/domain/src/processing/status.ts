import { integerCodes } from '../codes/integer-codes';

export type ActionStatus = 'new' | 'confirming' | 'rejected' | 'accepted' | 'delivered' | 'repeat';
export type SupporterStatus = 'new' | 'confirming' | 'rejected' | 'accepted';
export type EmailStatus = 'none' | 'double_opt_in' | 'bounce' | 'blocked' | 'spam' | 'unsub' | 'inactive' | 'active';
export type Stage = 'supporter_confirm' | 'action_confirm' | 'deliver';

const actionCodes = integerCodes<ActionStatus>('action status', {
  new: 0,
  confirming: 1,
  rejected: 2,
  accepted: 3,
  delivered: 4,
  repeat: 5,
});
const supporterCodes = integerCodes<SupporterStatus>('supporter status', {
  new: 0,
  confirming: 1,
  rejected: 2,
  accepted: 3,
});
const emailCodes = integerCodes<EmailStatus>('email status', {
  none: 0,
  double_opt_in: 1,
  bounce: 2,
  blocked: 3,
  spam: 4,
  unsub: 5,
  inactive: 6,
  active: 7,
});

export const actionStatusCode = actionCodes.code;
export const actionStatusFromCode = actionCodes.value;
export const supporterStatusCode = supporterCodes.code;
export const supporterStatusFromCode = supporterCodes.value;
export const emailStatusCode = emailCodes.code;
export const emailStatusFromCode = emailCodes.value;
