import { integerCodes } from '../codes/integer-codes';

export type ConfirmOperation = 'confirm_action' | 'join_campaign' | 'add_partner' | 'launch_page' | 'add_staffer';

const codes = integerCodes<ConfirmOperation>('confirm operation', {
  confirm_action: 0,
  join_campaign: 1,
  add_partner: 2,
  launch_page: 3,
  add_staffer: 4,
});

export const confirmOperationCode = codes.code;
export const confirmOperationFromCode = codes.value;
