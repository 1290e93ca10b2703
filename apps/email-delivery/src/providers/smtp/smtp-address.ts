import { parseSmtpHost, smtpHostError, type SmtpAddress } from '@groundswell/domain';

export class SmtpHostError extends Error {
  readonly code = 'email.smtp_host_invalid';
  constructor() {
    super(`the host of an SMTP service ${smtpHostError}`);
  }
}

/** Throws SmtpHostError; the gateway refuses such a host when a service is saved. */
export function smtpAddressOf(host: string): SmtpAddress {
  const address = parseSmtpHost(host);
  if (!address) throw new SmtpHostError();
  return address;
}
