// The mail servers are test tools of the whole repository, and the tools have no package name to import them by.
/* eslint-disable @nx/enforce-module-boundaries -- see above */
export { makeSelfSigned } from '../../../../tools/mail-servers/self-signed';
export { sesError, SesServer } from '../../../../tools/mail-servers/ses-server';
export { SmtpSink } from '../../../../tools/mail-servers/smtp-sink';
export type { SmtpSinkOptions } from '../../../../tools/mail-servers/smtp-sink';
