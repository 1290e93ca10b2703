import { createHash } from 'node:crypto';
import { SmtpSink, type MailServerCertificate, type SmtpMishap, type SmtpStage, type TakenMail } from '../mail-sink';

/** Of the mails that reach that stage. Together 5 % are refused, now or for good, and 1 % are never answered. */
const misfortunes: readonly (SmtpMishap & { name: string; share: number })[] = [
  { name: 'recipient later', stage: 'recipient', share: 0.015, kind: 'answer', answer: '450 4.2.1 mailbox busy' },
  { name: 'recipient never', stage: 'recipient', share: 0.01, kind: 'answer', answer: '550 5.1.1 no such user' },
  { name: 'body later', stage: 'body', share: 0.015, kind: 'answer', answer: '451 4.3.0 try later' },
  { name: 'body never', stage: 'body', share: 0.01, kind: 'answer', answer: '554 5.6.0 not this mail' },
  { name: 'silent, not taken', stage: 'body', share: 0.005, kind: 'silent' },
  { name: 'silent, taken', stage: 'body', share: 0.005, kind: 'taken-then-silent' },
];

const header = (source: string, name: string): string =>
  new RegExp(`^${name}: *<?([^>\\r\\n]*)`, 'im').exec(source)?.[1] ?? '';

/** An SMTP server that fails now and then, and knows what it took when everything else has been killed. */
export class FaultyMailServer {
  readonly sink: SmtpSink;
  /** What was taken: message id without its domain → how often. */
  readonly taken = new Map<string, number>();
  /** Recipient → how often. */
  readonly recipients = new Map<string, number>();
  readonly misfortunes: Record<string, number> = {};
  count = 0;
  /** Told of each mail that was taken. */
  onMail: (mail: TakenMail) => void = () => undefined;

  /** `except`: misfortunes that this server never has, or all of them. */
  constructor(
    private readonly random: () => number,
    private readonly except: readonly string[] | 'all' = [],
    certificate?: MailServerCertificate,
  ) {
    this.sink = new SmtpSink({
      ...(certificate && { certificate }),
      mishapAt: (stage) => this.misfortuneAt(stage),
      onMail: (mail) => this.take(mail),
    });
  }

  /** Never answered. */
  get silences(): number {
    return (this.misfortunes['silent, taken'] ?? 0) + (this.misfortunes['silent, not taken'] ?? 0);
  }

  timesTaken(actionId: number, purpose: string): number {
    return this.taken.get(messageIdStart(actionId, purpose)) ?? 0;
  }

  timesTakenByTarget(messageId: number, purpose: string): number {
    return this.taken.get(targetMessageIdStart(messageId, purpose)) ?? 0;
  }

  private take(mail: TakenMail): void {
    const { to, source } = mail;
    this.count += 1;
    const head = source.toString('latin1', 0, source.indexOf('\r\n\r\n'));
    const [id = ''] = header(head, 'message-id').split('@');
    this.taken.set(id, (this.taken.get(id) ?? 0) + 1);
    for (const address of to) this.recipients.set(address, (this.recipients.get(address) ?? 0) + 1);
    this.onMail(mail);
  }

  private misfortuneAt(stage: SmtpStage): SmtpMishap | undefined {
    if (this.except === 'all') return undefined;
    const except = this.except;
    const possible = misfortunes.filter(({ stage: at, name }) => at === stage && !except.includes(name));
    if (possible.length === 0) return undefined;
    let dice = this.random();
    for (const misfortune of possible) {
      dice -= misfortune.share;
      if (dice >= 0) continue;
      this.misfortunes[misfortune.name] = (this.misfortunes[misfortune.name] ?? 0) + 1;
      return misfortune;
    }
    return undefined;
  }
}

/** As email-delivery makes it for every try of one purpose (docs of apps/email-delivery). */
export const messageIdStart = (actionId: number, purpose: string): string =>
  `action.${actionId}.${purposeHash(purpose)}`;
/** Of a mail to a target. */
export const targetMessageIdStart = (messageId: number, purpose: string): string =>
  `mtt.${messageId}.${purposeHash(purpose)}`;

const purposeHash = (purpose: string): string => createHash('sha256').update(purpose).digest('hex').slice(0, 24);
