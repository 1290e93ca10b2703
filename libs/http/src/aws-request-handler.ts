import { Readable } from 'node:stream';
import type { Answered, CallResult, HttpCall } from './http-call';
import type { HttpCaller } from './http-caller';

/** A call of the SDK that came to no answer. */
export class CallFault extends Error {
  constructor(readonly result: Exclude<CallResult, Answered>) {
    super(result.error);
  }
}

/** A request as the SDK signs it. */
interface SignedRequest {
  method: string;
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
}

interface SdkAnswer {
  response: { statusCode: number; headers: Record<string, string>; body: Readable | Uint8Array };
}

/**
 * The way of an AWS SDK client to the network, for calls whose bodies are held in memory: addresses are checked, one timeout ends
 * a call whatever it waits for, and a fault says whether the request had begun. The SDK's own handler does none of these.
 */
export class AwsRequestHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };

  constructor(
    private readonly caller: HttpCaller,
    private readonly limits: Pick<HttpCall, 'maxAnswerBytes'> = {},
  ) {}

  async handle({ method, protocol, hostname, port, path, query, headers, body }: SignedRequest): Promise<SdkAnswer> {
    const answer = await this.caller.call({
      method: method as HttpCall['method'],
      url: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${queryText(query)}`,
      headers,
      body: bodyOf(method, body),
      isBinary: true,
      ...this.limits,
    });
    if (answer.kind !== 'answered') throw new CallFault(answer);
    const found = Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')]);
    return {
      response: {
        statusCode: answer.status,
        headers: Object.fromEntries(found) as Record<string, string>,
        body: Readable.from(answer.bytes && answer.bytes.length > 0 ? [answer.bytes] : []),
      },
    };
  }

  /** What is under way ends by its own timeouts. */
  drain(): Promise<void> {
    return this.caller.close();
  }

  destroy(): void {}
}

/** Its bytes and nothing else of it: the SDK's own type makes a text of itself, with a warning. */
function bodyOf(method: string, body: unknown): Buffer | string | undefined {
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return method === 'POST' || method === 'PUT' ? String(body ?? '') : undefined;
}

/** Spelled as it was signed. */
function queryText(query: SignedRequest['query'] = {}): string {
  const parts = Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map((value) => (value === null ? escape(name) : `${escape(name)}=${escape(value)}`)),
  );
  return parts.length > 0 ? `?${parts.join('&')}` : '';
}

const escape = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
