import { setImmediate } from 'node:timers/promises';
import { childTrace, currentTrace, formatTraceparent, keptTraceHeaders, newTrace, outsideTraces } from './trace';
import { parseTraceparent, runWithTrace, traceHeaders, traceOf } from './trace';

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

it('hands on the state that others gave it, where it may', () => {
  expect(traceOf({ traceparent: header, tracestate: 'a=1,b=2' })).toMatchObject({ state: 'a=1,b=2' });
  expect(traceHeaders(traceOf({ traceparent: header, tracestate: 'a=1' }))).toEqual({
    traceparent: header,
    tracestate: 'a=1',
  });
  for (const tracestate of ['x'.repeat(513), 'a=\n', '', 5, undefined]) {
    expect(traceHeaders(traceOf({ traceparent: header, tracestate }))).toEqual({ traceparent: header });
  }
  expect(traceOf({ tracestate: 'a=1' })).toBeNull();
  expect(traceOf(undefined)).toBeNull();
});

it('keeps in rows what somebody records, and nothing else', () => {
  expect(keptTraceHeaders(parseTraceparent(header))).toEqual({ traceparent: header });
  expect(keptTraceHeaders(newTrace(false))).toEqual({});
  expect(keptTraceHeaders(null)).toEqual({});
});

it('leaves the trace behind in what a request only wakes', async () => {
  const seen = await runWithTrace(newTrace(), () =>
    outsideTraces(async () => {
      await setImmediate();
      return currentTrace();
    }),
  );
  expect(seen).toBeUndefined();
});
