import type { Answered, CallResult } from './http-call';
import type { HttpCaller } from './http-caller';

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

/**
 * The way of an AWS SDK client to the network, for APIs whose every call is a POST without a query, such as SES and SQS:
 * addresses are checked, one timeout ends a call whatever it waits for, and a fault says whether the request had begun. The
 * SDK's own handler does none of these.
 */
export class AwsRequestHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };

  constructor(private readonly caller: HttpCaller) {}

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
