import type { ClientRequest, IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { answerTooLarge, type Answered, type CallResult, type HttpCall, type HttpSettings } from './http-call';
import { PrivateAddressError } from './public-address';

const defaultMaxAnswerBytes = 1024 * 1024;

export const nameOf = (error: NodeJS.ErrnoException): string => error.code ?? error.name;

/** One call: knows whether the request has begun, and ends once. */
export class Attempt {
  private hasBegun = false;
  private hasEnded = false;
  private outgoing: ClientRequest | null = null;
  private answer: IncomingMessage | null = null;
  private readonly chunks: Buffer[] = [];
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly call: HttpCall,
    private readonly settings: Pick<HttpSettings, 'connectTimeoutMs' | 'timeoutMs'>,
    private readonly resolve: (result: CallResult) => void,
  ) {}

  begin(outgoing: ClientRequest): void {
    const { connectTimeoutMs, timeoutMs } = this.settings;
    this.outgoing = outgoing;
    const connecting = this.fallAfter(connectTimeoutMs, `connect timeout after ${connectTimeoutMs} ms`);
    this.fallAfter(timeoutMs, `no answer within ${timeoutMs} ms`);
    outgoing.on('socket', (socket) =>
      socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
        if (this.hasEnded) return;
        clearTimeout(connecting);
        this.hasBegun = true;
        outgoing.end(this.call.body);
      }),
    );
    outgoing.on('response', (answer) => this.read(answer));
    outgoing.on('error', (error) => this.fail(`connection: ${nameOf(error)}`, error));
    outgoing.on('close', () => {
      if (!this.answer) this.fail('connection closed');
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
    const { excerptBytes, maxAnswerBytes = defaultMaxAnswerBytes } = this.call;
    let bytes = 0;
    this.answer = answer;
    answer.on('data', (chunk: Buffer) => {
      if (this.hasEnded) return;
      this.chunks.push(chunk);
      bytes += chunk.length;
      if (excerptBytes !== undefined && bytes >= excerptBytes) this.endUnread(this.answered(answer));
      else if (bytes > maxAnswerBytes) this.fail(answerTooLarge);
    });
    answer.on('end', () => {
      if (answer.complete) this.end(this.answered(answer));
    });
    answer.on('error', (error) => this.fail(`answer broken off: ${nameOf(error)}`));
    answer.on('close', () => this.fail('answer broken off'));
  }

  private answered(answer: IncomingMessage): Answered {
    const { excerptBytes, isBinary } = this.call;
    const bytes = Buffer.concat(this.chunks).subarray(0, excerptBytes);
    const answered = { kind: 'answered' as const, status: answer.statusCode ?? 0, headers: answer.headers };
    return isBinary ? { ...answered, text: '', bytes } : { ...answered, text: bytes.toString('utf8') };
  }

  private fail(error: string, cause?: Error): void {
    if (this.hasEnded) return;
    // What was asked for is there: the status, and as much of the body as came.
    if (this.answer && this.call.excerptBytes !== undefined) return this.endUnread(this.answered(this.answer));
    if (cause instanceof PrivateAddressError) return this.endUnread({ kind: 'misconfigured', error: cause.message });
    this.endUnread({ kind: this.hasBegun ? 'unknown' : 'not-sent', error });
  }

  private endUnread(result: CallResult): void {
    this.end(result);
    this.outgoing?.destroy();
  }

  private fallAfter(delayMs: number, error: string): NodeJS.Timeout {
    const timer = setTimeout(() => this.fail(error), delayMs);
    this.timers.push(timer);
    return timer;
  }
}
