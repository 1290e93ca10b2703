import type { Trace } from '@groundswell/observability';
import { withTrace, type OutboxMessage } from '@groundswell/persistence';

/** What one message of a batch led to, from `from` on, belongs to its trace. */
export function handOnTrace(trace: Trace | undefined, messages: OutboxMessage[], from: number): void {
  if (!trace?.sampled) return;
  for (let at = from; at < messages.length; at += 1) {
    const message = messages[at];
    if (message) messages[at] = withTrace(message, trace);
  }
}
