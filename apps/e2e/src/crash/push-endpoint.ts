import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a call whose message has been read. `name`: of a misfortune. `isTooLate`: its caller will not have waited. */
export type Treatment = { name?: string } & (
  { kind: 'answer'; status: number; afterMs: number; isTooLate?: true } | { kind: 'reset' } | { kind: 'silence' }
);

/** What came of one action, over all calls. */
export interface SeenAction {
  actionId: number;
  /** Idempotency-Key and webhook-id. */
  ids: Set<string>;
  bodies: Set<string>;
  calls: number;
  /** Calls that were answered with 2xx. */
  taken: number;
}

export const well: Treatment = { kind: 'answer', status: 200, afterMs: 0 };

/** The webhook of an org. It may fail as it is told, and knows what it got when everything else has been killed. */
export class PushEndpoint {
  /** By the action's token. */
  readonly actions = new Map<string, SeenAction>();
  readonly misfortunes: Record<string, number> = {};
  taken = 0;
  /** Calls that have come and are not over. */
  underWay = 0;
  /** Calls that ended before an answer that would have come: those of a process that was killed. */
  cutOff = 0;
  onTaken: (token: string) => void = () => undefined;
  private readonly server = createServer();
  private port = 0;

  constructor(public treat: () => Treatment = () => well) {
    this.server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('error', () => undefined);
      request.on('end', () => this.receive(request.headers, Buffer.concat(chunks).toString('utf8'), response));
    });
  }

  /** At the same address each time. */
  async open(): Promise<void> {
    await once(this.server.listen(this.port, '127.0.0.1'), 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** From now on connections are refused; those there are end. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.hangUp();
    await closed;
  }

  hangUp(): void {
    this.server.closeAllConnections();
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/actions`;
  }

  private receive(headers: IncomingHttpHeaders, body: string, response: ServerResponse): void {
    const { token, seen } = this.note(headers, body);
    const treatment = this.treat();
    this.underWay += 1;
    response.on('close', () => (this.underWay -= 1));
    const { name } = treatment;
    if (name !== undefined) this.misfortunes[name] = (this.misfortunes[name] ?? 0) + 1;
    switch (treatment.kind) {
      case 'silence':
        return;
      case 'reset':
        response.socket?.resetAndDestroy();
        return;
      case 'answer': {
        const { status, afterMs, isTooLate } = treatment;
        response.on('close', () => (this.cutOff += response.writableFinished || isTooLate ? 0 : 1));
        response.on('finish', () => {
          if (status < 200 || status > 299) return;
          seen.taken += 1;
          this.taken += 1;
          this.onTaken(token);
        });
        if (afterMs === 0) response.writeHead(status).end();
        else setTimeout(() => response.writeHead(status).end(), afterMs);
      }
    }
  }

  private note(headers: IncomingHttpHeaders, body: string): { token: string; seen: SeenAction } {
    const { token, actionId } = read(body);
    const seen = this.actions.get(token) ?? { actionId, ids: new Set(), bodies: new Set(), calls: 0, taken: 0 };
    this.actions.set(token, seen);
    seen.calls += 1;
    seen.ids.add(String(headers['idempotency-key'])).add(String(headers['webhook-id']));
    seen.bodies.add(createHash('sha256').update(body).digest('base64'));
    return { token, seen };
  }
}

/** What is no action message is kept under what it is, and belongs to no run. */
function read(body: string): { token: string; actionId: number } {
  try {
    const message = JSON.parse(body) as { actionId: number; action: { customFields: { token: string } } };
    return { token: message.action.customFields.token, actionId: message.actionId };
  } catch {
    return { token: `unreadable: ${body.slice(0, 200)}`, actionId: 0 };
  }
}

/** Of a hundred calls seven have a misfortune, by chance. */
export function faulty(
  random: () => number,
  { usualMs, slowMs, tooLateMs }: { usualMs: number; slowMs: number; tooLateMs: number },
): () => Treatment {
  const misfortunes: readonly (Treatment & { share: number })[] = [
    { name: 'refused', share: 0.03, kind: 'answer', status: 500, afterMs: 0 },
    { name: 'slow', share: 0.02, kind: 'answer', status: 200, afterMs: slowMs },
    { name: 'too late', share: 0.005, kind: 'answer', status: 200, afterMs: tooLateMs, isTooLate: true },
    { name: 'reset', share: 0.015, kind: 'reset' },
  ];
  return () => {
    let dice = random();
    const misfortune = misfortunes.find(({ share }) => (dice -= share) < 0);
    return misfortune ?? { kind: 'answer', status: 200, afterMs: usualMs };
  };
}
