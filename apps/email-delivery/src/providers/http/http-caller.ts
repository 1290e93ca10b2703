import {
  Agent as HttpAgent,
  request as requestPlain,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as requestSecure } from 'node:https';
import { isIP } from 'node:net';
import type { ProviderSettings } from '../mail-provider';
import { isPublicAddress, lookUpPublic } from './public-address';

export interface HttpCall {
  method: 'GET' | 'POST' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  body?: string | Buffer;
  /** Longest answer that is read, bytes; 1 MiB where not set. */
  maxAnswerBytes?: number;
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
 *  `misconfigured`: the address cannot be called at all, whatever the mail. */
export type CallResult = Answered | { kind: 'not-sent' | 'misconfigured' | 'unknown'; error: string };

const defaultMaxAnswerBytes = 1024 * 1024;

/** What `error` says of an answer beyond `maxAnswerBytes`. */
export const answerTooLarge = 'answer too large';

const nameOf = (error: NodeJS.ErrnoException): string => error.code ?? error.name;

/** One HTTP call per connection: a kept connection that the server closes meanwhile would leave a mail unknown for
 *  nothing. TLS sessions are resumed. The request is written only once the connection stands, so a fault before that is
 *  certainly not a sent mail. Redirects are answers like any other. */
export class HttpCaller {
  private readonly plain = new HttpAgent();
  private readonly secure = new HttpsAgent();
  private readonly underway = new Set<Promise<CallResult>>();

  constructor(private readonly settings: ProviderSettings) {}

  async call(call: HttpCall): Promise<CallResult> {
    const fault = this.findFault(call.url);
    if (fault) return { kind: 'misconfigured', error: fault };
    const result = this.run(call);
    this.underway.add(result);
    try {
      return await result;
    } finally {
      this.underway.delete(result);
    }
  }

  /** Waits for the calls under way; each ends by its own timeouts. */
  async close(): Promise<void> {
    await Promise.allSettled(this.underway);
    this.plain.destroy();
    this.secure.destroy();
  }

  private findFault(address: string): string | null {
    if (!URL.canParse(address)) return 'the address of the service is not a URL';
    const { protocol, hostname } = new URL(address);
    if (protocol !== 'https:' && !(protocol === 'http:' && this.settings.allowPrivate)) {
      return 'the address of the service is not https';
    }
    const ip = hostname.replace(/^\[|\]$/g, '');
    if (isIP(ip) !== 0 && !isPublicAddress(ip) && !this.settings.allowPrivate) return 'private address';
    return null;
  }

  private run(call: HttpCall): Promise<CallResult> {
    return new Promise((resolve) => {
      const attempt = new Attempt(call, this.settings, resolve);
      try {
        attempt.begin(this.open(call));
      } catch (error) {
        // Node refuses what cannot be a header, such as a line break in a key, before it opens anything.
        attempt.end({ kind: 'misconfigured', error: `request: ${nameOf(error as Error)}` });
      }
    });
  }

  private open(call: HttpCall): ClientRequest {
    const isSecure = call.url.startsWith('https:');
    const length = call.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(call.body)) };
    const options = {
      method: call.method,
      headers: { accept: 'application/json', 'user-agent': 'groundswell-email', ...length, ...call.headers },
      ...(this.settings.allowPrivate ? {} : { lookup: lookUpPublic }),
    };
    return isSecure
      ? requestSecure(call.url, { ...options, agent: this.secure })
      : requestPlain(call.url, { ...options, agent: this.plain });
  }
}

/** One call: knows whether the request has begun, and ends once. */
class Attempt {
  private hasBegun = false;
  private isAnswered = false;
  private hasEnded = false;
  private outgoing: ClientRequest | null = null;
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly call: HttpCall,
    private readonly settings: ProviderSettings,
    private readonly resolve: (result: CallResult) => void,
  ) {}

  begin(outgoing: ClientRequest): void {
    const { connectTimeoutMs, timeoutMs } = this.settings;
    this.outgoing = outgoing;
    const connecting = this.fallAfter(connectTimeoutMs, `connect timeout after ${connectTimeoutMs} ms`);
    this.fallAfter(timeoutMs, `no answer within ${timeoutMs} ms`);
    outgoing.on('socket', (socket) =>
      socket.once(this.call.url.startsWith('https:') ? 'secureConnect' : 'connect', () => {
        if (this.hasEnded) return;
        clearTimeout(connecting);
        this.hasBegun = true;
        outgoing.end(this.call.body);
      }),
    );
    outgoing.on('response', (answer) => this.read(answer));
    outgoing.on('error', (error) => this.fail(`connection: ${nameOf(error)}`, error));
    outgoing.on('close', () => {
      if (!this.isAnswered) this.fail('connection closed');
    });
  }

  end(result: CallResult): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.resolve(result);
  }

  /** Node closes the request before the last of an answer that ends with its connection: from here on only the answer's
   *  own events count. */
  private read(answer: IncomingMessage): void {
    const chunks: Buffer[] = [];
    let bytes = 0;
    this.isAnswered = true;
    answer.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > (this.call.maxAnswerBytes ?? defaultMaxAnswerBytes)) this.fail(answerTooLarge);
    });
    answer.on('end', () => {
      if (!answer.complete) return;
      const bytes = Buffer.concat(chunks);
      const answered = { kind: 'answered' as const, status: answer.statusCode ?? 0, headers: answer.headers };
      this.end(this.call.isBinary ? { ...answered, text: '', bytes } : { ...answered, text: bytes.toString('utf8') });
    });
    answer.on('error', (error) => this.fail(`answer broken off: ${nameOf(error)}`));
    answer.on('close', () => this.fail('answer broken off'));
  }

  private fail(error: string, cause?: NodeJS.ErrnoException): void {
    if (this.hasEnded) return;
    const isPrivate = cause?.code === 'PRIVATE_ADDRESS';
    this.end({ kind: this.hasBegun ? 'unknown' : isPrivate ? 'misconfigured' : 'not-sent', error });
    this.outgoing?.destroy();
  }

  private fallAfter(delayMs: number, error: string): NodeJS.Timeout {
    const timer = setTimeout(() => this.fail(error), delayMs);
    this.timers.push(timer);
    return timer;
  }
}
