import type { OutgoingMessage } from '@groundswell/messaging';
import type { BuiltSubmission } from '@groundswell/submissions';
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
let sent: { count: number; atMs: number; headers: unknown }[];

/** What leaves when, from the start, ms. */
async function publish(): Promise<typeof sent> {
  const from = performance.now();
  sent = [];
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
}

const counts = (): number[] => sent.map(({ count }) => count);
/** Timers may be a millisecond early. */
const lastMs = (): number => Math.ceil(sent.at(-1)?.atMs ?? 0) + 1;

beforeEach(() => {
  people = new SigningWatch();
});

it('keeps its pace while nobody acts', async () => {
  await publish();
  expect(counts()).toEqual([20, 20]);
  expect(lastMs()).toBeGreaterThanOrEqual(20);
});

it('is slower beside people, in smaller groups', async () => {
  people.note({ headers: {} });
  await publish();
  expect(counts()).toEqual([5, 5, 5, 5, 5, 5, 5, 5]);
  expect(lastMs()).toBeGreaterThanOrEqual(175);
});

it('does not take rows for people', async () => {
  const [first] = await publish();
  expect(first?.headers).toEqual(rowHeaders);
  people.note({ headers: rowHeaders });
  expect(people.isSomebodyThere).toBe(false);
});
