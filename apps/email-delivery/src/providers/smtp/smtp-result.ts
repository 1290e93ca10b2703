import { cleanError } from '@groundswell/http';
import type { OutgoingMail, SendResult } from '../mail-provider';
import type { SmtpAcceptance, SmtpError, SmtpFault } from './smtp-session';

/** Credentials missing, refused or not enough (RFC 4954). */
const ofAccount = new Set([530, 534, 535, 538]);
const enhancedOfAccount = /^5\.7\.(0|3|8|9)$/;
/** RFC 3463 5.1.x: the address; 5.1.7 and 5.1.8 are the sender's. */
const deadAddress = /^5\.1\.(0|1|2|3|4|6|10)$/;
/** The server closes: nothing about the mail. */
const closing = 421;
const badSequence = 503;

const enhancedCode = (error: SmtpError): string =>
  /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})/.exec(error.response ?? '')?.[1] ?? '';

const errorText = (error: SmtpError): string => {
  const original = (error as { originalCode?: string }).originalCode ?? error.code;
  return cleanError(error.response ?? [original, error.message].filter(Boolean).join(': '));
};

/** What the server's answer to one command means for the mail. */
function resultOfAnswer(error: SmtpError): SendResult {
  const code = error.responseCode ?? 0;
  const text = errorText(error);
  if (code < 500 || code === closing || code === badSequence) return { outcome: 'retry', error: text };
  const isFromServerOnAccount = ofAccount.has(code) || enhancedOfAccount.test(enhancedCode(error));
  if (error.command === 'MAIL FROM' && isFromServerOnAccount) return { outcome: 'retry', error: text, account: true };
  const isDead = error.command !== 'MAIL FROM' && deadAddress.test(enhancedCode(error));
  return { outcome: 'refused', error: text, ...(isDead ? { bounced: true } : {}) };
}

/** Of a mail that was not taken, or of which nobody knows. */
export function resultOfFault(fault: SmtpFault): SendResult {
  const error = fault.cause;
  const isAnswered = (error.responseCode ?? 0) >= 400;
  if (fault.stage === 'connect') return { outcome: 'retry', error: errorText(error), ...misconfigured(error) };
  if (fault.stage === 'login') {
    const isRefused = error.code === 'EAUTH' && (!isAnswered || (error.responseCode ?? 0) >= 500);
    return { outcome: 'retry', error: errorText(error), ...(isRefused ? { account: true } : {}) };
  }
  if (isAnswered) return resultOfAnswer(error);
  if (fault.isHandedOver) return { outcome: 'unknown', error: errorText(error) };
  // Refused before a command was written, e.g. larger than the server takes.
  const isOfMail = error.code === 'EENVELOPE' || error.code === 'EMESSAGE';
  return { outcome: isOfMail ? 'refused' : 'retry', error: errorText(error) };
}

const misconfigured = (error: SmtpError): { account?: true } =>
  error.code === 'PRIVATE_ADDRESS' ? { account: true } : {};

/** Of a mail that was taken for some recipient at least. */
export function resultOfAcceptance(taken: SmtpAcceptance, mail: OutgoingMail, messageId: string): SendResult {
  const refusal = taken.rejectedErrors?.find(({ recipient }) => recipient === mail.to.email);
  if (!refusal) return { outcome: 'sent', providerMessageId: messageId };
  const result = resultOfAnswer(refusal);
  // The copies are on their way: another try would send them twice.
  if (result.outcome === 'retry') return { outcome: 'unknown', error: `only the copies were taken: ${result.error}` };
  return result;
}
