import { HttpCaller, type Answered, type CallResult } from '@groundswell/http';
import type { SqsSettings } from './sqs-target';

/** A call of the SDK that came to no answer. */
export class CallFault extends Error {
  constructor(readonly result: Exclude<CallResult, Answered>) {
    super(result.error);
  }
}

/** A request as the SDK signs it. */
interface SignedRequest {
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  headers: Record<string, string>;
  body?: unknown;
}

/** The SDK's way to the network: addresses are checked, and one timeout ends a call whatever it waits for. The SDK's own
 *  handler bounds neither the address nor an answer that trickles. Of SQS, every call is a POST of JSON. */
export class SqsHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  private readonly caller: HttpCaller;

  constructor({ connectTimeoutMs, timeoutMs, allowPrivate, origin }: SqsSettings) {
    this.caller = new HttpCaller({
      userAgent: 'groundswell-forwarder',
      connectTimeoutMs,
      timeoutMs,
      // The operator named it.
      allowPrivate: allowPrivate || origin !== undefined,
    });
  }

  async handle({ protocol, hostname, port, path, headers, body }: SignedRequest) {
    const answer = await this.caller.call({
      method: 'POST',
      url: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`,
      headers,
      // Its bytes and nothing else of it: the SDK's own type makes a text of itself, with a warning.
      body:
        body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : String(body ?? ''),
    });
    if (answer.kind !== 'answered') throw new CallFault(answer);
    const found = Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')]);
    return {
      response: {
        statusCode: answer.status,
        headers: Object.fromEntries(found) as Record<string, string>,
        body: new Uint8Array(Buffer.from(answer.text, 'utf8')),
      },
    };
  }

  /** What is under way ends by its own timeouts. */
  drain(): Promise<void> {
    return this.caller.close();
  }

  destroy(): void {}
}
