/** Where an SMTP account is, as its host URL says (email-and-mtt.md 1.3). */
export interface SmtpAddress {
  host: string;
  port: number;
  /** TLS from the first byte; otherwise STARTTLS before anything else, without which nothing is sent. */
  isImplicitTls: boolean;
}

/** What is said of a host that is none. */
export const smtpHostError = 'must be ssl://, smtps:// or tls:// and a name, with a port where it is not the default';

const schemes: Record<string, { port: number; isImplicitTls: boolean }> = {
  'ssl:': { port: 465, isImplicitTls: true },
  'smtps:': { port: 465, isImplicitTls: true },
  'tls:': { port: 25, isImplicitTls: false },
};

const hostUrl = /^([a-z]+:)\/\/(\[[0-9a-f:.]+\]|[^\s/?#@:[\]]+)(?::([0-9]{1,5}))?\/?$/i;

/** Null for any other scheme, and for credentials, path or query in the URL. */
export function parseSmtpHost(text: string): SmtpAddress | null {
  const [, protocol = '', host = '', portText] = hostUrl.exec(text) ?? [];
  const scheme = schemes[protocol.toLowerCase()];
  if (!scheme) return null;
  const port = portText === undefined ? scheme.port : Number(portText);
  if (port < 1 || port > 65_535) return null;
  return { host: host.replace(/^\[|\]$/g, '').toLowerCase(), port, isImplicitTls: scheme.isImplicitTls };
}
