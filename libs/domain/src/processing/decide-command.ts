import type { ActionStatus, EmailStatus, SupporterStatus } from './status';
import { emailStatusAfterReject, type EmailEvent } from './supporter-email-status';

export type Command =
  | {
      kind: 'supporter_decision';
      actionId: number;
      /** Null: only the double opt-in. */
      decision: 'accept' | 'reject' | null;
      doubleOptIn: boolean;
    }
  | { kind: 'email_event'; actionId: number; event: EmailEvent }
  | { kind: 'action_decision'; actionId: number; decision: 'accept' | 'reject' };

export interface SupporterState {
  status: SupporterStatus;
  emailStatus: EmailStatus;
  /** All actions of the supporter, or, for an answer by the gateway, at least the one the command names. */
  actions: readonly { id: number; status: ActionStatus }[];
}

export interface CommandDecision {
  /** `refused` may still come with a new email status: the double opt-in of a link goes first and by itself. */
  outcome: 'changed' | 'noop' | 'refused';
  /** Answer to the caller when refused. */
  error: string | null;
  supporter: SupporterStatus;
  emailStatus: EmailStatus;
  /** Only the actions whose status changes. */
  actions: { id: number; status: ActionStatus }[];
  /** Actions to put through `nextStep` now, with the statuses decided here. */
  actionsToProcess: number[];
}

type Change = Partial<Omit<CommandDecision, 'outcome' | 'error'>>;

const notAllowed = 'not allowed';
const alreadyRejected = 'supporter data already rejected';

function decide(state: SupporterState, change: Change, error: string | null = null): CommandDecision {
  const supporter = change.supporter ?? state.status;
  const emailStatus = change.emailStatus ?? state.emailStatus;
  const actions = change.actions ?? [];
  const isChanged = supporter !== state.status || emailStatus !== state.emailStatus || actions.length > 0;
  return {
    outcome: error !== null ? 'refused' : isChanged ? 'changed' : 'noop',
    error,
    supporter,
    emailStatus,
    actions,
    actionsToProcess: change.actionsToProcess ?? [],
  };
}

const isUnfinished = (status: ActionStatus): boolean =>
  status === 'new' || status === 'confirming' || status === 'accepted';

/** The named action from any state, the others only while they are not final. */
const rejectedActions = (state: SupporterState, actionId: number): CommandDecision['actions'] =>
  state.actions
    .filter(({ id, status }) => (id === actionId ? status !== 'rejected' : isUnfinished(status)))
    .map(({ id }) => ({ id, status: 'rejected' }));

/** Accepting lets all waiting actions go on, not only the linked one. */
function acceptSupporter(state: SupporterState, emailStatus: EmailStatus): CommandDecision {
  switch (state.status) {
    case 'new':
      return decide(state, { emailStatus }, notAllowed);
    case 'rejected':
      return decide(state, { emailStatus }, alreadyRejected);
    case 'accepted':
      return decide(state, { emailStatus });
    case 'confirming':
      return decide(state, {
        emailStatus,
        supporter: 'accepted',
        actionsToProcess: state.actions
          .filter(({ status }) => status === 'new' || status === 'accepted')
          .map(({ id }) => id),
      });
  }
}

function decideOnSupporter(
  state: SupporterState,
  command: Extract<Command, { kind: 'supporter_decision' }>,
): CommandDecision {
  const emailStatus = command.doubleOptIn ? 'double_opt_in' : state.emailStatus;
  if (command.decision === 'accept') return acceptSupporter(state, emailStatus);
  if (command.decision === null) return decide(state, { emailStatus });
  return decide(state, {
    supporter: 'rejected',
    emailStatus: emailStatusAfterReject(emailStatus),
    actions: rejectedActions(state, command.actionId),
  });
}

/** Spam and unsub after delivery change the email status only: leaving a mailing list withdraws no signature. */
function decideOnEmailEvent(state: SupporterState, actionId: number, event: EmailEvent): CommandDecision {
  const action = state.actions.find(({ id }) => id === actionId);
  const isBeforeDelivery = action !== undefined && action.status !== 'delivered' && action.status !== 'repeat';
  if (!isBeforeDelivery && (event === 'spam' || event === 'unsub')) return decide(state, { emailStatus: event });
  return decide(state, {
    supporter: 'rejected',
    emailStatus: event,
    actions: rejectedActions(state, actionId),
  });
}

function acceptAction(state: SupporterState, id: number, status: ActionStatus | undefined): CommandDecision {
  if (status === 'delivered' || status === 'repeat' || status === 'accepted') return decide(state, {});
  if (status !== 'confirming') return decide(state, {}, notAllowed);
  if (state.status === 'rejected') return decide(state, {}, alreadyRejected);
  return decide(state, { actions: [{ id, status: 'accepted' }], actionsToProcess: [id] });
}

function rejectAction(state: SupporterState, id: number, status: ActionStatus | undefined): CommandDecision {
  if (status === undefined || status === 'new') return decide(state, {}, notAllowed);
  return decide(state, { actions: status === 'rejected' ? [] : [{ id, status: 'rejected' }] });
}

/** What a link, a moderator or a mail provider changes (processing.md 5.6, 5.7). Deciding twice is safe: the second
 *  time there is nothing to change. The gateway answers by `error`; action-ingest stores what changed and ignores it. */
export function decideCommand(state: SupporterState, command: Command): CommandDecision {
  switch (command.kind) {
    case 'supporter_decision':
      return decideOnSupporter(state, command);
    case 'email_event':
      return decideOnEmailEvent(state, command.actionId, command.event);
    case 'action_decision': {
      const status = state.actions.find(({ id }) => id === command.actionId)?.status;
      return command.decision === 'accept'
        ? acceptAction(state, command.actionId, status)
        : rejectAction(state, command.actionId, status);
    }
  }
}
