import { connect, isIP, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SmtpAddress } from '@groundswell/domain';
import { isPublicAddress, lookUpPublic, PrivateAddressError } from '@groundswell/http';
import type { ProviderSettings } from '../mail-provider';
import type { MimeMail } from '../mime/mime-mail';

export interface SmtpCredentials {
  user: string;
  password: string;
}

/** As far as nodemailer's errors are read here. */
export interface SmtpError extends Error {
  code?: string;
  command?: string;
  response?: string;
  responseCode?: number;
  rejectedErrors?: SmtpError[];
}

/** The server took the mail, and not for these recipients. */
export interface SmtpAcceptance {
  rejectedErrors?: (SmtpError & { recipient?: string })[];
}

/** The session broke, or the server said no. */
export class SmtpFault extends Error {
  constructor(
    readonly stage: 'connect' | 'login' | 'send',
    /** Whether the end of the mail may have reached the server. */
    readonly isHandedOver: boolean,
    override readonly cause: SmtpError,
  ) {
    super(cause.message, { cause });
  }
}

const chunkBytes = 64 * 1024;

/** One authenticated connection to an SMTP server; one mail at a time. */
export class SmtpSession {
  /** Mails handed to it. */
  mails = 0;
  private broken: SmtpError | null = null;

  private constructor(
    private readonly connection: SMTPConnection,
    private readonly settings: ProviderSettings,
  ) {
    connection.on('error', (error: SmtpError) => (this.broken ??= error));
    connection.on('end', () => (this.broken ??= new Error('connection closed')));
  }

  get isUsable(): boolean {
    return this.broken === null;
  }

  /** Throws SmtpFault. */
  static async open(
    address: SmtpAddress,
    credentials: SmtpCredentials,
    settings: ProviderSettings,
  ): Promise<SmtpSession> {
    const { default: Connection } = await import('nodemailer/lib/smtp-connection');
    const ca = await trusted(settings.trustedCa);
    const connection = new Connection({
      connection: await openSocket(address, settings),
      host: address.host,
      port: address.port,
      secure: address.isImplicitTls,
      requireTLS: !address.isImplicitTls,
      connectionTimeout: settings.connectTimeoutMs,
      greetingTimeout: settings.connectTimeoutMs,
      socketTimeout: settings.timeoutMs,
      socketCloseTimeout: 1_000,
      tls: { minVersion: 'TLSv1.2', ...ca },
    });
    const session = new SmtpSession(connection, settings);
    try {
      await session.step('connect', settings.connectTimeoutMs, (done) => connection.connect(done));
      await session.step('login', settings.connectTimeoutMs, (done) =>
        connection.login({ user: credentials.user, pass: credentials.password }, done),
      );
    } catch (error) {
      session.close();
      throw error;
    }
    return session;
  }

  /** Throws SmtpFault. A session that is broken afterwards is of no more use. */
  async send({ envelope, source }: MimeMail): Promise<SmtpAcceptance> {
    this.mails += 1;
    const body = readableOf(source);
    // Once all was read, the dot that ends the mail may be on its way; before, the server cannot have taken the mail.
    let isHandedOver = false;
    body.once('end', () => (isHandedOver = true));
    return this.step<SmtpAcceptance>(
      'send',
      this.settings.timeoutMs,
      (done) => this.connection.send({ ...envelope, size: source.length }, body, done),
      () => isHandedOver,
    );
  }

  /** Forgets the mail that was refused; false where the session is of no more use. */
  async reset(): Promise<boolean> {
    try {
      await this.step('send', this.settings.connectTimeoutMs, (done) => this.connection.reset(done));
      return this.isUsable;
    } catch {
      // The refusal is the answer; the session is closed by its owner.
      return false;
    }
  }

  quit(): void {
    if (this.isUsable) this.connection.quit();
    else this.connection.close();
  }

  close(): void {
    this.broken ??= new Error('connection closed');
    this.connection.close();
  }

  /** One step of the dialogue: ends with its callback, with the connection, or with its time. */
  private step<T>(
    stage: SmtpFault['stage'],
    timeoutMs: number,
    run: (done: (error?: SmtpError | null, result?: T) => void) => void,
    isHandedOver: () => boolean = () => false,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const end = (error?: SmtpError | null, result?: T): void => {
        clearTimeout(timer);
        this.connection.removeListener('error', end);
        this.connection.removeListener('end', onEnd);
        if (error) reject(new SmtpFault(stage, isHandedOver(), error));
        else resolve(result as T);
      };
      const onEnd = (): void => end(this.broken ?? new Error('connection closed'));
      const timer = setTimeout(() => {
        end(Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: 'ETIMEDOUT' }));
        this.close();
      }, timeoutMs);
      this.connection.once('error', end);
      this.connection.once('end', onEnd);
      run(end);
    });
  }
}

function readableOf(source: Buffer): Readable {
  let at = 0;
  return new Readable({
    read() {
      const chunk = source.subarray(at, (at += chunkBytes));
      this.push(chunk.length > 0 ? chunk : null);
    },
  });
}

async function trusted(ca: string | undefined): Promise<{ ca?: string[] }> {
  if (ca === undefined) return {};
  const { rootCertificates } = await import('node:tls');
  return { ca: [...rootCertificates, ca] };
}

/** What was checked to be public is what is connected to. */
function openSocket({ host, port }: SmtpAddress, settings: ProviderSettings): Promise<Socket> {
  const { connectTimeoutMs, allowPrivate } = settings;
  const fail = (cause: SmtpError) => new SmtpFault('connect', false, cause);
  if (!allowPrivate && isIP(host) && !isPublicAddress(host)) {
    return Promise.reject(fail(new PrivateAddressError('private address')));
  }
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, ...(allowPrivate ? {} : { lookup: lookUpPublic }) });
    const timer = setTimeout(
      () => socket.destroy(new Error(`connect timeout after ${connectTimeoutMs} ms`)),
      connectTimeoutMs,
    );
    socket.on('error', (error) => {
      clearTimeout(timer);
      reject(fail(error));
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}
