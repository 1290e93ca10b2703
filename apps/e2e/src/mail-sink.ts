// The mail servers are test tools of the whole repository, and the tools have no package name to import them by.
// eslint-disable-next-line @nx/enforce-module-boundaries -- see above
export {
  SmtpSink,
  type MailServerCertificate,
  type SmtpMishap,
  type SmtpStage,
  type SunkMail,
  type TakenMail,
} from '../../../tools/mail-servers/smtp-sink';
