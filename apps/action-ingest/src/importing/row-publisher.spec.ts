import type { OutgoingMessage } from '@groundswell/messaging';
import type { BuiltSubmission } from '@groundswell/submissions';
import { inFakeTime } from '@groundswell/testing';
import { RowPublisher } from './row-publisher';
import { SigningWatch, rowHeaders } from './signing-watch';

const rows = Array.from(
  { length: 40 },
  (_, at) =>
    ({
      submission: { id: String(at), schema: 's', acceptedAt: '2026-11-20T10:00:00Z' },
      json: '{}',
      partition: 0,
    }) as unknown as BuiltSubmission,
);

let people: SigningWatch;
beforeEach(() => {
  people = new SigningWatch();
});

/** The groups that leave, and when: ms from the start. */
function publish({ isBesidePeople = false } = {}) {
  const sent: { count: number; atMs: number; headers: unknown }[] = [];
  return inFakeTime(async () => {
    const from = performance.now();
    if (isBesidePeople) people.note({ headers: {} });
    const publisher = {
      publishAll: (messages: readonly OutgoingMessage[]) => {
        sent.push({ count: messages.length, atMs: performance.now() - from, headers: messages[0]?.headers });
        return Promise.resolve(messages.map(() => ({ status: 'confirmed' }) as const));
      },
    };
    const room = { take: () => Promise.resolve() };
    const options = { publisher, room, people, queues: { isSystemConfirmed: true } };
    const pace = { rowsPerSecond: 1_000, rowsPerSecondBesidePeople: 200 };
    await new RowPublisher({ ...options, ...pace }).publish(rows, new AbortController().signal);
    return sent;
  });
}

it('keeps its pace while nobody acts', async () => {
  const sent = await publish();
  expect(sent.map(({ count, atMs }) => [count, atMs])).toEqual([
    [20, 0],
    [20, 20],
  ]);
});

it('is slower beside people, in smaller groups', async () => {
  const sent = await publish({ isBesidePeople: true });
  expect(sent.map(({ count }) => count)).toEqual([5, 5, 5, 5, 5, 5, 5, 5]);
  expect(sent.map(({ atMs }) => atMs)).toEqual([0, 25, 50, 75, 100, 125, 150, 175]);
});

it('does not take rows for people', async () => {
  const [first] = await publish();
  expect(first?.headers).toEqual(rowHeaders);
  people.note({ headers: rowHeaders });
  expect(people.isSomebodyThere).toBe(false);
});
