import { emailDeliveryRefusals } from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import type { StoredAccount } from '../accounts/account.read-model';
import { MailgunCooldown } from '../providers/mailgun/mailgun-cooldown';
import { MailgunEventsClient } from '../providers/mailgun/mailgun-events.client';
import { MailgunEventsError } from '../providers/mailgun/mailgun-events.error';
import type { ProviderSettings } from '../providers/mail-provider';
import type { RemoveAtProvider } from './suppression-requests';

/** Keep no lists of their own. */
const withoutLists = new Set(['smtp', 'preview']);
/** Less than whoever asks waits, ms. What the provider does after that is found done by the next removal. */
const removalMs = 8_000;

/** Mailgun's lists are edited; those of other providers are left to their own consoles. */
export const removerAtProviders =
  (
    settings: Pick<ProviderSettings, 'connectTimeoutMs' | 'allowPrivate'>,
    passwordOf: (account: StoredAccount) => string,
  ): RemoveAtProvider =>
  async (account, address) => {
    if (withoutLists.has(account.name)) return 'has_none';
    if (account.name !== 'mailgun') return 'not_asked';
    const { id, host, user } = account;
    const cooldown = new MailgunCooldown();
    const client = new MailgunEventsClient(
      { id, host, user, password: passwordOf(account) },
      { ...settings, cooldown },
    );
    try {
      await inTime(client.removeSuppression(address));
      return 'removed';
    } catch (error) {
      if (!(error instanceof MailgunEventsError)) throw error;
      throw new RpcRefusedError(emailDeliveryRefusals.providerRefused, error.message);
    } finally {
      void client.close().catch(() => undefined);
    }
  };

async function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const text = `no answer in ${removalMs} ms`;
    timer = setTimeout(() => reject(new MailgunEventsError('away', text)), removalMs);
  });
  // Late or not, what it ends with is seen.
  work.catch(() => undefined);
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
