import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

/** What one request or message belongs to, as W3C trace context has it. */
export interface Trace {
  /** 32 hex digits, the same in every service the work passes. */
  readonly traceId: string;
  /** 16 hex digits, of the step that called this one or, after `childTrace`, of this one. */
  readonly spanId: string;
  /** Whether somebody records it. */
  readonly sampled: boolean;
  /** Header `tracestate`: what others who trace hand on to themselves. */
  readonly state?: string;
}

/** Headers of a request, a message or a row that waits. */
export type TraceHeaders = Partial<Record<'traceparent' | 'tracestate', string>> & Record<string, string>;

const traceparent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const onlyZeros = /^0+$/;
/** A longer `tracestate` is left out: 512 characters is what the standard asks to hand on (W3C Trace Context §3.3.1.5). */
const longestState = 512;
const printable = /^[\x20-\x7e]+$/;
const traces = new AsyncLocalStorage<Trace | undefined>();

/** The trace this code runs in, also after awaits; undefined outside of one. */
export const currentTrace = (): Trace | undefined => traces.getStore();

export const runWithTrace = <T>(trace: Trace, work: () => T): T => traces.run(trace, work);

/** For what a request only wakes: timers and loops keep the trace they were started in, and it is not theirs. */
export const outsideTraces = <T>(work: () => T): T =>
  traces.getStore() === undefined ? work() : traces.run(undefined, work);

/** The start of a trace nobody handed us. */
export const newTrace = (sampled = true): Trace => ({
  traceId: randomBytes(16).toString('hex'),
  spanId: randomBytes(8).toString('hex'),
  sampled,
});

/** The next step of a trace. */
export const childTrace = (parent: Trace): Trace => ({ ...parent, spanId: randomBytes(8).toString('hex') });

/** The header `traceparent`, of a request or a message; null when absent or malformed, as the standard asks. */
export const parseTraceparent = (header: unknown): Trace | null => {
  const [, version, traceId, spanId, flags, more] = (typeof header === 'string' && traceparent.exec(header)) || [];
  if (!version || !traceId || !spanId || !flags) return null;
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (onlyZeros.test(traceId) || onlyZeros.test(spanId)) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
};

/** Both headers of the standard; null when there is no usable `traceparent`. */
export const traceOf = (headers: Readonly<Record<string, unknown>> | undefined): Trace | null => {
  if (headers?.['traceparent'] === undefined) return null;
  const trace = parseTraceparent(headers['traceparent']);
  const state = headers['tracestate'];
  const isUsable = typeof state === 'string' && state.length <= longestState && printable.test(state);
  return trace && isUsable ? { ...trace, state } : trace;
};

export const formatTraceparent = ({ traceId, spanId, sampled }: Trace): string =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;

/** As headers of a message. */
export const traceHeaders = (trace: Trace | null | undefined): TraceHeaders => {
  if (!trace) return {};
  const headers = { traceparent: formatTraceparent(trace) };
  return trace.state === undefined ? headers : { ...headers, tracestate: trace.state };
};

/** As headers of what is kept in the database before it goes on: none where nobody records the trace. */
export const keptTraceHeaders = (trace: Trace | null | undefined): TraceHeaders =>
  trace?.sampled ? traceHeaders(trace) : {};
