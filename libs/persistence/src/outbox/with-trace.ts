import { keptTraceHeaders, type Trace } from '@groundswell/observability';
import type { OutboxMessage } from './outbox.repository';

/** The same message, with the trace it came from in its headers, where somebody records it: the row keeps it until the relay has
 *  published it. */
export function withTrace<M extends Pick<OutboxMessage, 'headers'>>(message: M, trace: Trace | null | undefined): M {
  return trace?.sampled ? { ...message, headers: { ...message.headers, ...keptTraceHeaders(trace) } } : message;
}
