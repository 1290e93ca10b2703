// The mock is a test tool of the whole repository, and the tools have no package name to import them by.
// eslint-disable-next-line @nx/enforce-module-boundaries -- see above
export { MailgunMock } from '../../../tools/mailgun-mock/mailgun-mock';
// eslint-disable-next-line @nx/enforce-module-boundaries -- see above
export type { ReceivedCall, Reply } from '../../../tools/mail-servers/provider-server';
