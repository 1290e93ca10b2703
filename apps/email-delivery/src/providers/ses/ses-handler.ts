import type { Answered, CallResult, HttpCaller } from '@groundswell/http';
import { openCaller } from '../http/provider-caller';
import type { ProviderSettings } from '../mail-provider';

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
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
}

/** The SDK's way to the network: one connection per call, and a fault says whether the request had begun. The SDK's own
 *  handler does not tell. Of SES, every call is a POST of a form. */
export class SesHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  private readonly caller: HttpCaller;

  constructor(settings: ProviderSettings) {
    this.caller = openCaller(settings);
  }

  async handle(request: SignedRequest) {
    const { protocol, hostname, port, path, headers, body } = request;
    const answer = await this.caller.call({
      method: 'POST',
      url: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`,
      headers,
      body: body instanceof Uint8Array ? Buffer.from(body) : String(body ?? ''),
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
