import type { SmtpSession } from './smtp-session';

export interface ConnectionLimits {
  /** Connections at once. */
  maxConnections: number;
  /** Mails per connection; servers close long ones at a moment of their own. */
  maxMails: number;
  /** How long an unused connection stays open. */
  idleMs: number;
}

/** Five at once is what common servers allow one client without asking. */
export const defaultConnectionLimits: ConnectionLimits = { maxConnections: 5, maxMails: 100, idleMs: 20_000 };

interface Idle {
  session: SmtpSession;
  timer: NodeJS.Timeout;
}

/** Connections of one account, kept for the next mail; never more than the limit, whoever waits for one waits in order. */
export class SmtpConnections {
  private readonly idle: Idle[] = [];
  private readonly waiting: (() => void)[] = [];
  private inUse = 0;
  private isClosed = false;

  constructor(
    private readonly open: () => Promise<SmtpSession>,
    private readonly limits: ConnectionLimits,
  ) {}

  /** Runs with a connection of its own; `isReused` says that the server may have closed it unseen. */
  async use<T>(run: (session: SmtpSession, isReused: boolean) => Promise<T>): Promise<T> {
    await this.takeSlot();
    try {
      const kept = this.takeIdle();
      const session = kept ?? (await this.open());
      try {
        return await run(session, kept !== undefined);
      } finally {
        this.giveBack(session);
      }
    } finally {
      this.leaveSlot();
    }
  }

  /** Connections in use end with their mail. */
  close(): void {
    this.isClosed = true;
    for (const { session, timer } of this.idle.splice(0)) {
      clearTimeout(timer);
      session.quit();
    }
  }

  private async takeSlot(): Promise<void> {
    if (this.inUse >= this.limits.maxConnections) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.inUse += 1;
  }

  /** Hands the slot on, so nobody comes between. */
  private leaveSlot(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.inUse -= 1;
  }

  private takeIdle(): SmtpSession | undefined {
    for (let found = this.idle.pop(); found; found = this.idle.pop()) {
      clearTimeout(found.timer);
      if (found.session.isUsable) return found.session;
      found.session.close();
    }
    return undefined;
  }

  private giveBack(session: SmtpSession): void {
    if (!session.isUsable || this.isClosed || session.mails >= this.limits.maxMails) return session.quit();
    const timer = setTimeout(() => {
      const index = this.idle.findIndex((entry) => entry.session === session);
      if (index >= 0) this.idle.splice(index, 1);
      session.quit();
    }, this.limits.idleMs);
    timer.unref();
    this.idle.push({ session, timer });
  }
}
