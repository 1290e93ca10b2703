import { setImmediate } from 'node:timers/promises';
import { childTrace, currentTrace, formatTraceparent, newTrace, parseTraceparent, runWithTrace } from './trace';

const header = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

it('reads and writes the header of the standard', () => {
  const trace = parseTraceparent(header);
  expect(trace).toEqual({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true });
  expect(formatTraceparent(trace!)).toBe(header);
});

it('reads a later version with more parts', () => {
  expect(parseTraceparent(`cc${header.slice(2)}-what-comes`)?.sampled).toBe(true);
});

it.each([
  undefined,
  '',
  [header],
  `${header}-more`,
  `ff${header.slice(2)}`,
  header.toUpperCase(),
  header.replace(/0af\w+/, '0'.repeat(32)),
  header.replace(/b7a\w+/, '0'.repeat(16)),
  `${header}\n`,
])('takes no trace from %j', (text) => expect(parseTraceparent(text)).toBeNull());

it('goes on in the same trace with a span of its own', () => {
  const parent = newTrace(false);
  const child = childTrace(parent);
  expect(child).toMatchObject({ traceId: parent.traceId, sampled: false });
  expect(child.spanId).not.toBe(parent.spanId);
  expect(parseTraceparent(formatTraceparent(child))).toEqual(child);
});

it('knows the current trace across awaits, and only inside', async () => {
  const [one, two] = [newTrace(), newTrace()];
  const traceAfterAwait = async () => {
    await setImmediate();
    return currentTrace();
  };
  expect(await Promise.all([runWithTrace(one, traceAfterAwait), runWithTrace(two, traceAfterAwait)])).toEqual([
    one,
    two,
  ]);
  expect(currentTrace()).toBeUndefined();
});
