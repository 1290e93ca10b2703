import type { IncomingHttpHeaders } from 'node:http';
import type { LookupFunction } from 'node:net';

export interface HttpSettings {
  /** `User-Agent` of every call. */
  userAgent: string;
  /** To reach the server: name, connection and TLS. */
  connectTimeoutMs: number;
  /** For the whole call. */
  timeoutMs: number;
  /** Whether private and loopback addresses may be called, and plain http: tests and development. */
  allowPrivate?: boolean;
  /** Instead of the system's resolver: tests. */
  lookUp?: LookupFunction;
  /** Certificate (PEM) to trust instead of the system's own: tests. */
  trustedCa?: string;
}

export interface HttpCall {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  body?: string | Buffer;
  /** Longest answer that is read, bytes; 1 MiB where not set. */
  maxAnswerBytes?: number;
  /** Only the beginning of the answer's body is of use, bytes. The call is answered once its headers are there and then that
   *  many bytes, the end, a fault or the deadline came; the connection is closed and the rest stays unread. */
  excerptBytes?: number;
  /** The answer is no text: it comes as `bytes`. */
  isBinary?: boolean;
}

export interface Answered {
  kind: 'answered';
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  bytes?: Buffer;
}

/** `not-sent`: no byte of the request left this process. `unknown`: it did, and no whole answer came back.
 *  `misconfigured`: the address cannot be called at all, whatever the body. */
export type CallResult = Answered | { kind: 'not-sent' | 'misconfigured' | 'unknown'; error: string };

/** What `error` says of an answer beyond `maxAnswerBytes`. */
export const answerTooLarge = 'answer too large';

export const isSuccess = (answer: Answered): boolean => answer.status >= 200 && answer.status < 300;
