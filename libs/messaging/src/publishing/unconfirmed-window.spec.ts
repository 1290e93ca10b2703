import { confirmed, type PublishResult } from './publish-result';
import { Unconfirmed, UnconfirmedWindow } from './unconfirmed-window';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const setUp = () => {
  const results = new Map<number, PublishResult>();
  const window = new UnconfirmedWindow(
    2_000,
    () => undefined,
    () => undefined,
  );
  const add = (no: number, bytes = 10): Unconfirmed => {
    const message = new Unconfirmed(no, 'e', bytes, Date.now() + 2_000, (result) => results.set(no, result));
    window.add(message);
    return message;
  };
  // One turn more than the deadline: confirms that are here but not read yet still count.
  const pass = (ms: number): void => {
    jest.advanceTimersByTime(ms);
    jest.advanceTimersByTime(1);
  };
  return { window, add, results, pass };
};

it('times out each message at its own deadline with one timer', () => {
  const { window, add, results, pass } = setUp();
  add(1);
  pass(500);
  add(2);
  expect(jest.getTimerCount()).toBe(1);
  pass(1_500);
  expect([...results]).toEqual([[1, { status: 'unavailable', reason: 'timeout', maybeSent: true }]]);
  pass(501);
  expect(results.size).toBe(2);
  expect(window.size).toBe(0);
  expect(window.bytes).toBe(0);
});

it('tells a message that was returned and then never confirmed as returned', () => {
  const { add, results, pass } = setUp();
  add(1).replyText = 'NO_ROUTE';
  pass(2_000);
  expect(results.get(1)).toEqual({ status: 'returned', replyText: 'NO_ROUTE' });
});

it('says when nothing is on its way any more', async () => {
  const { window, add } = setUp();
  const [first, second] = [add(1), add(2)];
  let isEmpty = false;
  void window.whenEmpty().then(() => (isEmpty = true));
  window.settle(first, confirmed);
  await Promise.resolve();
  expect(isEmpty).toBe(false);
  window.settle(second, confirmed);
  await Promise.resolve();
  expect(isEmpty).toBe(true);
});
