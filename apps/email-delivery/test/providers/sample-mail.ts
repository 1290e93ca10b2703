import type { MailAccount, OutgoingMail, ProviderSettings } from '../../src/providers/mail-provider';
import { aMail as aContractMail } from './provider-contract';

let count = 0;

/** A mail of its own custom id. */
export function aMail(changes: Partial<OutgoingMail> = {}): OutgoingMail {
  count += 1;
  return aContractMail({ customId: `action:${count}`, ...changes });
}

export const anAccount = (changes: Partial<MailAccount> = {}): MailAccount => ({
  id: 1,
  name: 'mail',
  host: '',
  user: 'user',
  password: 'secret',
  path: '',
  sendingFrom: null,
  ...changes,
});

/** Short, so that a test of a timeout lasts as long as it must. */
export const toServer = (apiUrl: string, changes: Partial<ProviderSettings> = {}): ProviderSettings => ({
  connectTimeoutMs: 60_000,
  timeoutMs: 60_000,
  allowPrivate: true,
  apiUrl,
  ...changes,
});
