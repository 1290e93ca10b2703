import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface AcceptedMail {
  to: string;
  from: string;
  subject: string;
  html: string;
  customId: string;
  /** `X-Groundswell-Batch`, of mailings. */
  batch: string;
  unsubscribe: string;
}

export type Mood = 'accept' | 'refuse login' | 'fail' | 'say nothing' | 'refuse recipient' | 'refuse mail' | 'too many';

/** Mailgun's sending call on a port of this machine. */
export class FakeMailgun {
  readonly accepted: AcceptedMail[] = [];
  calls = 0;
  atOnce = 0;
  mostAtOnce = 0;
  mood: Mood = 'accept';
  /** Before an answer, ms. */
  slowMs = 0;

  private heldFrom = Infinity;
  private held = Promise.resolve();
  private letGo: () => void = () => undefined;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeMailgun> {
    const server = createServer();
    const fake = new FakeMailgun(server);
    server.on('request', (request, response) => void fake.answer(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  sentTo(email: string): AcceptedMail[] {
    return this.accepted.filter(({ to }) => to.includes(email));
  }

  /** Answers so many calls more; those that come then wait until `release`. */
  holdAfter(calls: number): void {
    this.heldFrom = this.calls + calls + 1;
    this.held = new Promise((resolve) => (this.letGo = resolve));
  }

  release(): void {
    this.heldFrom = Infinity;
    this.letGo();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = (this.calls += 1);
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    const body = await buffer(request);
    if (this.slowMs > 0) await new Promise((resolve) => setTimeout(resolve, this.slowMs));
    if (call >= this.heldFrom) await this.held;
    this.atOnce -= 1;
    const say = (status: number, answer: object) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    };
    switch (this.mood) {
      case 'accept':
        this.accepted.push(await mailIn(body, request.headers['content-type'] ?? ''));
        return say(200, { id: `<${this.calls}@mailgun.test>`, message: 'Queued. Thank you.' });
      case 'refuse login':
        return say(401, { message: 'Forbidden' });
      case 'refuse recipient':
        return say(400, { message: "'to' parameter is not a valid address. please check documentation" });
      case 'refuse mail':
        return say(400, { message: 'from parameter is not allowed' });
      case 'too many':
        return say(429, { message: 'Too many requests' });
      case 'fail':
        return say(500, { message: 'out of order' });
      case 'say nothing':
        return;
    }
  }
}

async function mailIn(body: Buffer, type: string): Promise<AcceptedMail> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  const text = (name: string): string => {
    const value = form.get(name);
    return typeof value === 'string' ? value : '';
  };
  return {
    to: text('to'),
    from: text('from'),
    subject: text('subject'),
    html: text('html'),
    customId: text('v:custom-id'),
    batch: text('h:X-Groundswell-Batch'),
    unsubscribe: text('h:List-Unsubscribe'),
  };
}
