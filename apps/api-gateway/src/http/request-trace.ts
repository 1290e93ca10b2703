import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { traceOf, type Trace } from '@groundswell/observability';

const requestUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const hexDigits = (uuid: string): string => uuid.replaceAll('-', '');

/** The id of a trace that begins with this request: its own id where that can be one, so that an answer, a log and a trace are found by
 *  each other. */
export const traceIdOf = (requestId: string): string =>
  hexDigits(requestUuid.test(requestId) ? requestId : randomUUID());

/** The trace of a request that nobody records here: the caller's, or one for the log alone. Ids from randomUUID, which draws its
 *  randomness in advance: fresh random bytes twice per request are a twelfth of all it costs. */
export const unrecordedTrace = ({ id, headers }: { id: string; headers: IncomingHttpHeaders }): Trace => {
  const spanId = hexDigits(randomUUID()).slice(16);
  const callers = traceOf(headers);
  return callers ? { ...callers, spanId } : { traceId: traceIdOf(id), spanId, sampled: false };
};
