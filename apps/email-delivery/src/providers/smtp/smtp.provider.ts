import { cleanError } from '@groundswell/http';
import { refuseFaulty } from '../http/mail-text';
import type { MailAccount, MailProvider, OutgoingMail, ProviderSettings, SendResult } from '../mail-provider';
import { composeMime, type MimeMail } from '../mime/mime-mail';
import { smtpAddressOf } from './smtp-address';
import { type ConnectionLimits, defaultConnectionLimits, SmtpConnections } from './smtp-connections';
import { resultOfAcceptance, resultOfFault } from './smtp-result';
import { SmtpFault, SmtpSession } from './smtp-session';

/** An SMTP server, one transaction per mail. Always encrypted and always with credentials. */
class SmtpProvider implements MailProvider {
  readonly kind = 'smtp';
  readonly batchSize = 1;
  readonly usefulCalls: number;
  private readonly connections: SmtpConnections;
  private readonly underway = new Set<Promise<SendResult>>();

  constructor(account: MailAccount, settings: ProviderSettings, limits = defaultConnectionLimits) {
    // While half of them write what became of a mail, the others keep the connections busy.
    this.usefulCalls = 2 * limits.maxConnections;
    const address = smtpAddressOf(account.host);
    const { user, password } = account;
    this.connections = new SmtpConnections(() => SmtpSession.open(address, { user, password }, settings), limits);
  }

  send(mails: readonly OutgoingMail[]): Promise<SendResult[]> {
    return Promise.all(
      mails.map(async (mail) => {
        const result = this.sendOne(mail);
        this.underway.add(result);
        try {
          return await result;
        } finally {
          this.underway.delete(result);
        }
      }),
    );
  }

  /** Waits for the mails under way. */
  async close(): Promise<void> {
    await Promise.allSettled(this.underway);
    this.connections.close();
  }

  private async sendOne(mail: OutgoingMail): Promise<SendResult> {
    const fault = refuseFaulty(mail);
    if (fault) return fault;
    if (!mail.html && !mail.text) return { outcome: 'refused', error: 'templates of an SMTP server are not supported' };
    try {
      const mime = await composeMime(mail);
      return (await this.hand(mail, mime)) ?? (await this.hand(mail, mime)) ?? connectionLost;
    } catch (error) {
      if (error instanceof SmtpFault) return resultOfFault(error);
      return { outcome: 'refused', error: cleanError(`mail cannot be composed: ${(error as Error).message}`) };
    }
  }

  /** Null where a kept connection turned out to be closed before any of the mail was written: a new one is worth it. */
  private hand(mail: OutgoingMail, mime: MimeMail): Promise<SendResult | null> {
    return this.connections.use(async (session, isReused) => {
      try {
        return resultOfAcceptance(await session.send(mime), mail, mime.messageId);
      } catch (error) {
        if (!(error instanceof SmtpFault)) throw error;
        const isLost = !session.isUsable && !error.isHandedOver && error.cause.responseCode === undefined;
        if (isReused && isLost && error.cause.code !== 'ETIMEDOUT') return null;
        if (!session.isUsable || !(await session.reset())) session.close();
        return resultOfFault(error);
      }
    });
  }
}

const connectionLost: SendResult = { outcome: 'retry', error: 'connection lost before the mail was sent' };

/** Throws SmtpHostError for a host that is none. */
export const createSmtpProvider = (
  account: MailAccount,
  settings: ProviderSettings,
  limits?: ConnectionLimits,
): MailProvider => new SmtpProvider(account, settings, limits);
