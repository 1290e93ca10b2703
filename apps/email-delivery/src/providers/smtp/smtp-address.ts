/** Where an SMTP account is, as its host URL says (email-and-mtt.md 1.3). */
export interface SmtpAddress {
  host: string;
  port: number;
  /** TLS from the first byte; otherwise STARTTLS before anything else, without which nothing is sent. */
  isImplicitTls: boolean;
}

export class SmtpHostError extends Error {
  readonly code = 'email.smtp_host_invalid';
  constructor() {
    super(
      'the host of an SMTP service is a URL: ssl://, smtps:// or tls://, a name, and a port where it is not the default',
    );
  }
}

const schemes: Record<string, { port: number; isImplicitTls: boolean }> = {
  'ssl:': { port: 465, isImplicitTls: true },
  'smtps:': { port: 465, isImplicitTls: true },
  'tls:': { port: 25, isImplicitTls: false },
};

/** Throws SmtpHostError for any other scheme, and for credentials, path or query in the URL. */
export function parseSmtpHost(text: string): SmtpAddress {
  if (!URL.canParse(text)) throw new SmtpHostError();
  const url = new URL(text);
  const scheme = schemes[url.protocol];
  const hasMore = url.username || url.password || url.search || url.hash || !['', '/'].includes(url.pathname);
  if (!scheme || url.hostname === '' || hasMore) throw new SmtpHostError();
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { host, port: url.port === '' ? scheme.port : Number(url.port), isImplicitTls: scheme.isImplicitTls };
}
