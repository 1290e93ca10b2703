import { decideCommand, type Command, type SupporterState } from './decide-command';
import type { ActionStatus, EmailStatus, SupporterStatus } from './status';
import { emailStatusAfterReject, isSettableEmailStatus } from './supporter-email-status';

const supporterStatuses: SupporterStatus[] = ['new', 'confirming', 'rejected', 'accepted'];
const actionStatuses: ActionStatus[] = ['new', 'confirming', 'rejected', 'accepted', 'delivered', 'repeat'];

const aSupporter = (
  status: SupporterStatus,
  actions: ActionStatus[] = ['new'],
  emailStatus: EmailStatus = 'none',
): SupporterState => ({ status, emailStatus, actions: actions.map((action, i) => ({ id: i + 1, status: action })) });

const link = (decision: 'accept' | 'reject' | null, doubleOptIn = false): Command => ({
  kind: 'supporter_decision',
  actionId: 1,
  decision,
  doubleOptIn,
});
const moderation = (decision: 'accept' | 'reject', actionId = 1): Command => ({
  kind: 'action_decision',
  actionId,
  decision,
});
const mailEvent = (event: 'bounce' | 'blocked' | 'spam' | 'unsub', actionId = 1): Command => ({
  kind: 'email_event',
  actionId,
  event,
});

/** The state after a decision, so that a second command can be given. */
const after = (state: SupporterState, command: Command): SupporterState => {
  const decision = decideCommand(state, command);
  return {
    status: decision.supporter,
    emailStatus: decision.emailStatus,
    actions: state.actions.map((action) => decision.actions.find(({ id }) => id === action.id) ?? action),
  };
};

describe('accept link', () => {
  it.each([
    ['new', 'refused', 'not allowed', 'new'],
    ['confirming', 'changed', null, 'accepted'],
    ['rejected', 'refused', 'supporter data already rejected', 'rejected'],
    ['accepted', 'noop', null, 'accepted'],
  ] as const)('for a supporter that is %s: %s', (status, outcome, error, supporter) => {
    expect(decideCommand(aSupporter(status), link('accept'))).toMatchObject({ outcome, error, supporter, actions: [] });
  });

  it('lets all waiting actions of the supporter go on, not only the linked one', () => {
    const state = aSupporter('confirming', ['new', 'new', 'rejected', 'accepted', 'delivered', 'confirming']);
    expect(decideCommand(state, link('accept')).actionsToProcess).toEqual([1, 2, 4]);
  });

  it.each(supporterStatuses)('with doi=1 opts in whatever becomes of the confirmation: %s', (status) => {
    expect(decideCommand(aSupporter(status), link('accept', true)).emailStatus).toBe('double_opt_in');
  });

  it('still reports the refusal when it opts in', () => {
    expect(decideCommand(aSupporter('rejected', ['rejected']), link('accept', true))).toMatchObject({
      outcome: 'refused',
      error: 'supporter data already rejected',
      emailStatus: 'double_opt_in',
    });
  });
});

describe('double opt-in', () => {
  it.each(supporterStatuses)('changes only the email status of a supporter that is %s', (status) => {
    expect(decideCommand(aSupporter(status), link(null, true))).toEqual({
      outcome: 'changed',
      error: null,
      supporter: status,
      emailStatus: 'double_opt_in',
      actions: [],
      actionsToProcess: [],
    });
  });

  it('does nothing the second time', () => {
    expect(decideCommand(aSupporter('accepted', ['delivered'], 'double_opt_in'), link(null, true)).outcome).toBe(
      'noop',
    );
  });

  it('ends alike before and after the confirmation', () => {
    const state = aSupporter('confirming');
    const before = after(after(state, link(null, true)), link('accept'));
    expect(before).toEqual(after(after(state, link('accept')), link(null, true)));
    expect(before).toMatchObject({ status: 'accepted', emailStatus: 'double_opt_in' });
  });
});

describe('reject link', () => {
  const combinations = supporterStatuses.flatMap((supporter) =>
    actionStatuses.map((action) => [supporter, action] as const),
  );

  it.each(combinations)('rejects supporter (%s) and linked action (%s) from any state', (supporter, action) => {
    const state = aSupporter(supporter, [action]);
    const rejected = after(state, link('reject'));
    expect(rejected).toMatchObject({
      status: 'rejected',
      emailStatus: 'none',
      actions: [{ id: 1, status: 'rejected' }],
    });
    expect(decideCommand(rejected, link('reject')).outcome).toBe('noop');
  });

  it('rejects the other actions only while they are not final', () => {
    const state = aSupporter('accepted', ['delivered', ...actionStatuses]);
    expect(after(state, link('reject')).actions.map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'rejected',
      'rejected',
      'rejected',
      'delivered',
      'repeat',
    ]);
  });

  it.each([
    ['none', 'none'],
    ['double_opt_in', 'unsub'],
    ['bounce', 'bounce'],
    ['blocked', 'blocked'],
    ['spam', 'spam'],
    ['unsub', 'unsub'],
  ] as const)('turns email status %s into %s', (emailStatus, expected) => {
    expect(decideCommand(aSupporter('confirming', ['new'], emailStatus), link('reject')).emailStatus).toBe(expected);
    expect(emailStatusAfterReject(emailStatus)).toBe(expected);
  });

  it('with doi=1 opts in first and takes it back', () => {
    expect(decideCommand(aSupporter('confirming'), link('reject', true)).emailStatus).toBe('unsub');
  });

  it('wins over an accept link in any order', () => {
    const state = aSupporter('confirming', ['new', 'new']);
    expect(after(after(state, link('accept')), link('reject'))).toEqual(
      after(after(state, link('reject')), link('accept')),
    );
  });
});

describe('provider event', () => {
  const hard = (['bounce', 'blocked'] as const).flatMap((event) =>
    actionStatuses.map((status) => [event, status] as const),
  );
  it.each(hard)('%s rejects an action that is %s', (event, status) => {
    expect(after(aSupporter('accepted', [status]), mailEvent(event))).toEqual({
      status: 'rejected',
      emailStatus: event,
      actions: [{ id: 1, status: 'rejected' }],
    });
  });

  const soft = (['spam', 'unsub'] as const).flatMap((event) =>
    actionStatuses.map((status) => [event, status] as const),
  );
  it.each(soft)('%s withdraws an action that is %s only before delivery', (event, status) => {
    const isDelivered = status === 'delivered' || status === 'repeat';
    expect(after(aSupporter('accepted', [status]), mailEvent(event))).toEqual({
      status: isDelivered ? 'accepted' : 'rejected',
      emailStatus: event,
      actions: [{ id: 1, status: isDelivered ? status : 'rejected' }],
    });
  });

  it('spam about an action that is gone changes the email status only', () => {
    expect(decideCommand(aSupporter('accepted', ['delivered']), mailEvent('spam', 7))).toMatchObject({
      supporter: 'accepted',
      emailStatus: 'spam',
      actions: [],
    });
  });

  it('changes nothing the second time', () => {
    const state = after(aSupporter('confirming'), mailEvent('bounce'));
    expect(decideCommand(state, mailEvent('bounce')).outcome).toBe('noop');
  });
});

describe('moderation', () => {
  it.each([
    ['new', 'refused', 'not allowed', 'new'],
    ['confirming', 'changed', null, 'accepted'],
    ['rejected', 'refused', 'not allowed', 'rejected'],
    ['accepted', 'noop', null, 'accepted'],
    ['delivered', 'noop', null, 'delivered'],
    ['repeat', 'noop', null, 'repeat'],
  ] as const)('accept of an action that is %s: %s', (status, outcome, error, expected) => {
    const state = aSupporter('accepted', [status]);
    expect(decideCommand(state, moderation('accept'))).toMatchObject({ outcome, error, supporter: 'accepted' });
    expect(after(state, moderation('accept')).actions).toEqual([{ id: 1, status: expected }]);
  });

  it.each([
    ['new', 'refused', 'not allowed', 'new'],
    ['confirming', 'changed', null, 'rejected'],
    ['rejected', 'noop', null, 'rejected'],
    ['accepted', 'changed', null, 'rejected'],
    ['delivered', 'changed', null, 'rejected'],
    ['repeat', 'changed', null, 'rejected'],
  ] as const)('reject of an action that is %s: %s', (status, outcome, error, expected) => {
    const state = aSupporter('accepted', [status, 'confirming']);
    expect(decideCommand(state, moderation('reject'))).toMatchObject({ outcome, error, supporter: 'accepted' });
    expect(after(state, moderation('reject')).actions).toEqual([
      { id: 1, status: expected },
      { id: 2, status: 'confirming' },
    ]);
  });

  it('lets only the accepted action go on', () => {
    const state = aSupporter('accepted', ['confirming', 'confirming']);
    expect(decideCommand(state, moderation('accept', 2)).actionsToProcess).toEqual([2]);
  });

  it('cannot accept what the supporter has rejected', () => {
    expect(decideCommand(aSupporter('rejected', ['confirming']), moderation('accept')).error).toBe(
      'supporter data already rejected',
    );
  });

  it.each(['accept', 'reject'] as const)('refuses to %s an unknown action', (decision) => {
    expect(decideCommand(aSupporter('accepted'), moderation(decision, 99)).error).toBe('not allowed');
  });
});

describe('email status of a supporter', () => {
  it.each([
    ['double_opt_in', true],
    ['bounce', true],
    ['blocked', true],
    ['spam', true],
    ['unsub', true],
    ['none', false],
    ['inactive', false],
    ['active', false],
  ])('may be set to %s: %s', (status, expected) => {
    expect(isSettableEmailStatus(status)).toBe(expected);
  });
});
