import { applyOutcome, type MessageOutcomeKind, type MessageRecord, type MessageState } from './message-state';

const record = (state: MessageState, given: Partial<MessageRecord> = {}): MessageRecord => ({
  state,
  attempts: 2,
  sentAt: null,
  delivered: false,
  opened: false,
  clicked: false,
  error: null,
  ...given,
});
const outcome = (kind: MessageOutcomeKind, attempt: number | null = 2) => ({
  kind,
  attempt,
  error: null,
  at: new Date('2025-01-06T10:00:00Z'),
});
const after = (state: MessageState, kind: MessageOutcomeKind, attempt?: number) =>
  applyOutcome(record(state), outcome(kind, attempt))?.state ?? state;

describe('applyOutcome', () => {
  it.each<[MessageState, Partial<Record<MessageOutcomeKind, MessageState>>]>([
    ['sending', { sent: 'sent', failed: 'failed', unknown: 'unknown', returned: 'pending', cancelled: 'cancelled' }],
    ['pending', { sent: 'sent', failed: 'failed', unknown: 'unknown', returned: 'pending', cancelled: 'cancelled' }],
    ['unknown', { sent: 'sent', failed: 'failed', unknown: 'unknown', returned: 'pending', cancelled: 'unknown' }],
    ['sent', { sent: 'sent', failed: 'sent', unknown: 'sent', returned: 'sent', cancelled: 'sent', bounce: 'sent' }],
    ['failed', { sent: 'sent', failed: 'failed', unknown: 'failed', returned: 'failed', delivered: 'sent' }],
    ['cancelled', { sent: 'sent', failed: 'cancelled', unknown: 'cancelled', returned: 'cancelled' }],
  ])('of a %s message', (state, expected) => {
    const kinds = Object.keys(expected) as MessageOutcomeKind[];
    expect(Object.fromEntries(kinds.map((kind) => [kind, after(state, kind)]))).toEqual(expected);
  });

  it('does not take back what was asked for again meanwhile', () => {
    expect(after('sending', 'returned', 1)).toBe('sending');
  });

  it.each<[MessageOutcomeKind, boolean[]]>([
    ['delivered', [true, false, false]],
    ['opened', [true, true, false]],
    ['clicked', [true, true, true]],
  ])('%s implies what comes before it', (kind, flags) => {
    const { delivered, opened, clicked } = applyOutcome(record('sending'), outcome(kind)) as MessageRecord;
    expect([delivered, opened, clicked]).toEqual(flags);
  });

  it('ends alike in every order', () => {
    const story = [
      outcome('sent'),
      outcome('delivered'),
      outcome('opened'),
      outcome('unknown'),
      outcome('returned', 1),
    ];
    const ends = permutations(story).map((given) =>
      given.reduce((state, next) => applyOutcome(state, next) ?? state, record('sending')),
    );
    expect(new Set(ends.map((end) => JSON.stringify(end))).size).toBe(1);
    expect(ends[0]).toMatchObject({ state: 'sent', delivered: true, opened: true, clicked: false });
  });

  it('changes nothing when it comes again', () => {
    const once = applyOutcome(record('sending'), outcome('opened')) as MessageRecord;
    expect(applyOutcome(once, outcome('opened'))).toBeNull();
  });
});

function permutations<T>(list: T[]): T[][] {
  if (list.length < 2) return [list];
  return list.flatMap((first, index) =>
    permutations(list.filter((_, at) => at !== index)).map((rest) => [first, ...rest]),
  );
}
