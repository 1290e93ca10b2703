import { randomUUID } from 'node:crypto';
import type { RequestContext, Viewer } from '../auth/access';
import type { RequestAuthenticator } from '../auth/request-authenticator';

/** Who is at the other end of a connection, and what it has under way. */
export class SocketClient {
  /** Documents that wait or are being answered. */
  readonly inHand = new Set<Promise<unknown>>();
  subscriptions = 0;
  private authorization: string | null = null;
  private viewer: Viewer | null = null;
  private askAgainAt = 0;

  constructor(
    readonly ip: string,
    private readonly referer: string | null,
    private readonly authenticator: RequestAuthenticator,
    private readonly identityKeptMs: number,
  ) {}

  track<T>(document: Promise<T>): Promise<T> {
    const tracked = document.finally(() => this.inHand.delete(tracked));
    this.inHand.add(tracked);
    return tracked;
  }

  /** Throws what the authenticator throws; null makes the client anonymous. */
  async identify(authorization: string | null): Promise<void> {
    this.viewer = authorization === null ? null : await this.authenticator.viewerOf(authorization, this.ip);
    this.authorization = authorization;
    this.askAgainAt = Date.now() + this.identityKeptMs;
  }

  /** For one document or one event. Throws RefusedRequest when the credentials no longer hold. */
  async context(): Promise<RequestContext> {
    if (this.authorization !== null && Date.now() >= this.askAgainAt) await this.identify(this.authorization);
    return { viewer: this.viewer, referer: this.referer, idempotencyKey: null, requestId: randomUUID(), ip: this.ip };
  }
}

/** Credentials among connection parameters: `authorization` as the header has it, or a bare `token`. */
export const authorizationIn = (parameters: Readonly<Record<string, unknown>> | undefined): string | null => {
  const { authorization, Authorization, token } = parameters ?? {};
  for (const given of [authorization, Authorization]) if (isText(given)) return given;
  if (!isText(token)) return null;
  return /\s/.test(token.trim()) ? token : `Bearer ${token.trim()}`;
};

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
