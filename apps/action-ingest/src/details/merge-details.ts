import type { DetailResultV1 } from '@groundswell/contracts';
import { checkFields, emailStatusAfterReject, latestEmailStatus } from '@groundswell/domain';
import type { ActionState, SupporterState } from '../storing/batch-state';

type Details = NonNullable<DetailResultV1['details']>;

/**
 * Before anything of the action is emitted (processing.md §8.2). Of an action rejected meanwhile too, so that both orders end in one
 * state; once it has left, nothing. Statuses of the address are told by the stage that follows, not by an event.
 */
export function mergeDetails(supporter: SupporterState, action: ActionState, details: Details): void {
  if (action.status !== 'new' && action.status !== 'rejected') return;
  if (details.optedInAt !== null) optIn(supporter, action.orgId, new Date(details.optedInAt));
  if (details.emailStatus) setEmailStatus(supporter, details.emailStatus);
  const fields = { ...action.fields, ...details.customFields };
  // Beyond the limits of what is stored, those of the supporter stay.
  if (Object.keys(details.customFields).length === 0 || checkFields(fields) !== null) return;
  action.fields = fields;
  action.isChanged = true;
}

/** Of two look-ups the later opt-in holds, whichever came first; what the supporter said when signing is older than both. */
function optIn(supporter: SupporterState, orgId: number, at: Date): void {
  const record = supporter.contacts.find((contact) => contact.orgId === orgId);
  if (!record) return;
  const isFirst = record.givenAt.getTime() === supporter.acceptedAt.getTime();
  if (!isFirst && record.communicationConsent === true && record.givenAt >= at) return;
  record.communicationConsent = true;
  record.givenAt = at;
  record.isChanged = true;
}

function setEmailStatus(supporter: SupporterState, told: NonNullable<Details['emailStatus']>): void {
  const at = new Date(told.at);
  // A rejection takes a double opt-in back, whichever was heard first.
  const isRejected = supporter.status === 'rejected';
  const status = isRejected ? emailStatusAfterReject(told.status) : told.status;
  const latest = latestEmailStatus(
    { status: supporter.emailStatus, at: supporter.emailStatusChangedAt },
    { status, at },
  );
  if (latest === supporter.emailStatus) return;
  supporter.emailStatus = latest;
  supporter.emailStatusChangedAt = at;
  supporter.isChanged = true;
}
