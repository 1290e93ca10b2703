import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

/** What one request or message belongs to, as W3C trace context has it. */
export interface Trace {
  /** 32 hex digits, the same in every service the work passes. */
  readonly traceId: string;
  /** 16 hex digits, of the step that called this one or, after `childTrace`, of this one. */
  readonly spanId: string;
  readonly sampled: boolean;
}

const traceparent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const onlyZeros = /^0+$/;
const traces = new AsyncLocalStorage<Trace>();

/** The trace this code runs in, also after awaits; undefined outside of one. */
export const currentTrace = (): Trace | undefined => traces.getStore();

export const runWithTrace = <T>(trace: Trace, work: () => T): T => traces.run(trace, work);

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

export const formatTraceparent = ({ traceId, spanId, sampled }: Trace): string =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
