// The providers' servers are test tools of the whole repository, and the tools have no package name to import them by.
/* eslint-disable @nx/enforce-module-boundaries -- see above */
export { BrevoServer } from '../../../../tools/mail-servers/brevo-server';
export { HubspotServer } from '../../../../tools/mail-servers/hubspot-server';
export { MailgunServer } from '../../../../tools/mail-servers/mailgun-server';
export { MailjetServer } from '../../../../tools/mail-servers/mailjet-server';
export type { ProviderServer } from '../../../../tools/mail-servers/provider-server';
export { S3Server, SupabaseServer } from '../../../../tools/mail-servers/storage-server';
export { makeSelfSigned } from '../../../../tools/mail-servers/self-signed';
