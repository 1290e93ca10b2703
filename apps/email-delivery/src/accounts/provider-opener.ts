import type { MailAccount, MailProvider, ProviderSettings } from '../providers/mail-provider';
import { createPreviewProvider } from '../providers/preview/preview.provider';
import type { PreviewStore } from '../providers/preview/preview-store';
import type { OpenProvider } from './mail-accounts';

type Create = (account: MailAccount, settings: ProviderSettings) => MailProvider;

/** Loaded when an account of that kind first has mail: few installations use more than two. */
const kinds: Record<string, () => Promise<Create>> = {
  smtp: async () => (await import('../providers/smtp/smtp.provider')).createSmtpProvider,
  ses: async () => (await import('../providers/ses/ses.provider')).createSesProvider,
  mailjet: async () => (await import('../providers/mailjet/mailjet.provider')).createMailjetProvider,
  brevo: async () => (await import('../providers/brevo/brevo.provider')).createBrevoProvider,
  mailgun: async () => (await import('../providers/mailgun/mailgun.provider')).createMailgunProvider,
  hubspot: async () => (await import('../providers/hubspot/hubspot.provider')).createHubspotProvider,
};

/** By the name of the service (email-and-mtt.md §1.1); null for one that sends no mail. */
export const providerOpener =
  (
    settings: ProviderSettings,
    previews: PreviewStore,
    /** Origins to call instead of the providers' own, by kind. */
    urls: ReadonlyMap<string, string> = new Map(),
  ): OpenProvider =>
  async (account) => {
    if (account.name === 'preview') return createPreviewProvider(account, settings, previews);
    const load = Object.hasOwn(kinds, account.name) ? kinds[account.name] : undefined;
    if (!load) return null;
    const apiUrl = urls.get(account.name);
    return (await load())(account, apiUrl === undefined ? settings : { ...settings, apiUrl });
  };
