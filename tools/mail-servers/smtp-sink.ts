import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { makeSelfSigned } from './self-signed';

/** One mail as it was taken. */
export interface SunkMail {
  session: string;
  from: string;
  to: string[];
  source: Buffer;
  parsed: Email;
  messageId: string;
  procaId: string | null;
}

/** One mail for those who want little of very many. */
export type TakenMail = Pick<SunkMail, 'from' | 'to' | 'source'>;

export type SmtpStage = 'connect' | 'login' | 'sender' | 'recipient' | 'body';

/** What happens once at a stage: an answer, no answer, the connection broken off; at `body` also in the middle of the
 *  mail, or after the mail was taken. */
export interface SmtpMishap {
  stage: SmtpStage;
  kind: 'answer' | 'silent' | 'reset' | 'reset-midway' | 'taken-then-silent' | 'taken-then-reset';
  /** E.g. `550 5.1.1 no such user`, for kind `answer`. */
  answer?: string;
}

export interface MailServerCertificate {
  key: string;
  cert: string;
}

export interface SmtpSinkOptions {
  /** Of another sink, where one trusted certificate has to do for several. */
  certificate?: MailServerCertificate;
  /** TLS from the first byte; otherwise STARTTLS is offered. */
  isImplicitTls?: boolean;
  isWithoutStartTls?: boolean;
  user?: string;
  password?: string;
  maxBytes?: number;
  /** Asked at each stage, beside the mishaps that were told one by one: what happens to this one. */
  mishapAt?: (stage: SmtpStage) => SmtpMishap | undefined;
  /** Gets what is taken, which is answered once it is done; then nothing is parsed or kept. */
  onMail?: (mail: TakenMail) => void | Promise<void>;
}

type Done = (error?: Error | null) => void;

/** An SMTP server on loopback that keeps what it takes. Its certificate is its own: trust `cert` to reach it. */
export class SmtpSink {
  readonly mails: SunkMail[] = [];
  readonly certificate: MailServerCertificate;
  /** Connections ever opened, and the most at once. */
  connections = 0;
  maxAtOnce = 0;
  logins = 0;
  private readonly mishaps: SmtpMishap[] = [];
  private readonly refused = new Map<string, string>();
  private readonly server: SMTPServer;

  constructor(private readonly options: SmtpSinkOptions = {}) {
    this.certificate = options.certificate ?? makeSelfSigned();
    const { key, cert } = this.certificate;
    this.server = new SMTPServer({
      key,
      cert,
      secure: options.isImplicitTls === true,
      disableReverseLookup: true,
      closeTimeout: 500,
      ...(options.isWithoutStartTls ? { disabledCommands: ['STARTTLS'] } : {}),
      ...(options.maxBytes === undefined ? {} : { size: options.maxBytes }),
      onConnect: (session, done) => this.meet('connect', session, done, () => this.connected(done)),
      onAuth: ({ username, password }, session, done) =>
        this.meet('login', session, done, () => {
          this.logins += 1;
          const isKnown = username === (options.user ?? 'sender') && password === (options.password ?? 'secret');
          if (isKnown) done(null, { user: username });
          else done(answered('535 5.7.8 Authentication credentials invalid'));
        }),
      onMailFrom: (_address, session, done) => this.meet('sender', session, done, () => done()),
      onRcptTo: ({ address }, session, done) =>
        this.meet('recipient', session, done, () => {
          const refusal = this.refused.get(address);
          done(refusal === undefined ? null : answered(refusal));
        }),
      // A client that broke off in the middle of a mail gave none, and hears no answer.
      onData: (stream, session, done) => void this.takeMail(stream, session, done).catch(() => undefined),
    });
    // A client that breaks off is what some tests are about.
    this.server.on('error', () => undefined);
  }

  get cert(): string {
    return this.certificate.cert;
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port;
  }

  /** As the host of an SMTP service. */
  get url(): string {
    return `${this.options.isImplicitTls ? 'ssl' : 'tls'}://localhost:${this.port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    for (const connection of this.connectionsNow()) connection._socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  /** The next one to come to that stage meets this. */
  mishap(mishap: SmtpMishap): void {
    this.mishaps.push(mishap);
  }

  answerNext(stage: SmtpStage, answer: string): void {
    this.mishap({ stage, kind: 'answer', answer });
  }

  refuse(email: string, answer = '550 5.1.1 <address> no such user here'): void {
    this.refused.set(email, answer);
  }

  /** As a server does with connections that were unused for too long. */
  dropConnections(): void {
    for (const connection of this.connectionsNow()) connection._socket.destroy();
  }

  private connected(done: Done): void {
    this.connections += 1;
    this.maxAtOnce = Math.max(this.maxAtOnce, this.connectionsNow().length);
    done();
  }

  private next(stage: SmtpStage): SmtpMishap | undefined {
    const index = this.mishaps.findIndex((mishap) => mishap.stage === stage);
    return index < 0 ? this.options.mishapAt?.(stage) : this.mishaps.splice(index, 1)[0];
  }

  private meet(stage: SmtpStage, session: SMTPServerSession, done: Done, goOn: () => void): void {
    const mishap = this.next(stage);
    if (!mishap) goOn();
    else if (mishap.kind === 'answer') done(answered(mishap.answer ?? '451 4.3.0 try later'));
    else if (mishap.kind !== 'silent') this.breakOff(session);
  }

  private async takeMail(stream: SMTPServerDataStream, session: SMTPServerSession, done: Done): Promise<void> {
    const mishap = this.next('body');
    const chunks: Buffer[] = [];
    for await (const chunk of stream) {
      chunks.push(chunk as Buffer);
      if (mishap?.kind === 'reset-midway') return this.breakOff(session);
    }
    if (mishap?.kind === 'answer') return done(answered(mishap.answer ?? '451 4.3.0 try later'));
    if (mishap?.kind === 'silent') return;
    if (mishap?.kind === 'reset') return this.breakOff(session);
    if (stream.sizeExceeded) return done(answered('552 5.3.4 message too big'));
    await this.keep(Buffer.concat(chunks), session);
    if (mishap?.kind === 'taken-then-silent') return;
    if (mishap?.kind === 'taken-then-reset') return this.breakOff(session);
    done();
  }

  private async keep(source: Buffer, session: SMTPServerSession): Promise<void> {
    const { mailFrom, rcptTo } = session.envelope;
    const taken = { from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address), source };
    if (this.options.onMail) return this.options.onMail(taken);
    const parsed = await PostalMime.parse(source);
    this.mails.push({
      ...taken,
      session: session.id,
      parsed,
      messageId: parsed.messageId ?? '',
      procaId: parsed.headers.find(({ key }) => key === 'x-proca-id')?.value ?? null,
    });
  }

  private breakOff(session: SMTPServerSession): void {
    for (const connection of this.connectionsNow()) if (connection.id === session.id) connection._socket.destroy();
  }

  private connectionsNow(): { id: string; _socket: Duplex }[] {
    return [...(this.server.connections as Set<{ id: string; _socket: Duplex }>)];
  }
}

/** smtp-server writes the code itself, and the rest as it stands. */
function answered(answer: string): Error & { responseCode: number } {
  return Object.assign(new Error(answer.slice(4)), { responseCode: Number(answer.slice(0, 3)) });
}
