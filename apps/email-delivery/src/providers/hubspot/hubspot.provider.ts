import { createHash } from 'node:crypto';
import type { HttpCaller } from '@groundswell/http';
import { resultOfFault } from '../http/answer-result';
import { templateNumber, type JsonObject } from '../http/json-body';
import { mailbox, refuseFaulty } from '../http/mail-text';
import { openCaller } from '../http/provider-caller';
import { sendInTurn } from '../http/send-in-turn';
import type { MailAccount, MailProvider, OutgoingMail, ProviderSettings, SendResult } from '../mail-provider';
import { hubspotResult } from './hubspot-answer';

const path = '/marketing/transactional/2026-03/single-email/send';

/** HubSpot's transactional mails, one per call: only templates made there, no files, no headers, no list of templates. */
class HubspotProvider implements MailProvider {
  readonly kind = 'hubspot';
  readonly batchSize = 1;
  private readonly caller: HttpCaller;
  private readonly url: string;

  constructor(
    private readonly account: MailAccount,
    settings: ProviderSettings,
  ) {
    this.caller = openCaller(settings);
    this.url = `${(settings.apiUrl ?? 'https://api.hubapi.com').replace(/\/+$/, '')}${path}`;
  }

  send(mails: readonly OutgoingMail[]): Promise<SendResult[]> {
    return sendInTurn(
      mails.map((mail) => [mail]),
      (group) => Promise.all(group.map((mail) => this.sendOne(mail))),
    );
  }

  close(): Promise<void> {
    return this.caller.close();
  }

  private async sendOne(mail: OutgoingMail): Promise<SendResult> {
    const fault = refuseFaulty(mail) ?? refuse(mail);
    if (fault) return fault;
    const answer = await this.caller.call({
      method: 'POST',
      url: this.url,
      headers: { authorization: this.account.password, 'content-type': 'application/json' },
      body: JSON.stringify(hubspotMail(mail)),
    });
    return answer.kind === 'answered' ? hubspotResult(answer) : resultOfFault(answer);
  }
}

function refuse(mail: OutgoingMail): SendResult | null {
  if (!mail.template) return { outcome: 'refused', error: 'HubSpot sends its own templates only' };
  if (templateNumber(mail.template.ref) === null) {
    return { outcome: 'refused', error: 'the HubSpot email id is no whole number' };
  }
  if (mail.attachments?.length) return { outcome: 'refused', error: 'HubSpot sends no attachments' };
  return null;
}

/** HubSpot sends one mail per `sendId`, for ever, so the custom id alone would swallow an action's second mail. What
 *  follows the second colon is ignored by readers of custom ids (email-and-mtt.md 1.4). */
export const sendIdOf = (mail: OutgoingMail): string =>
  `${mail.customId}:${createHash('sha256').update(mail.purpose).digest('hex').slice(0, 32)}`;

/** Contact properties stay empty: sending must never change the CRM's record. */
const hubspotMail = (mail: OutgoingMail): JsonObject => ({
  emailId: templateNumber(mail.template?.ref ?? ''),
  message: {
    to: mail.to.email,
    from: mailbox(mail.from),
    sendId: sendIdOf(mail),
    ...(mail.replyTo ? { replyTo: [mail.replyTo] } : {}),
    ...(mail.cc?.length ? { cc: mail.cc } : {}),
  },
  contactProperties: {},
  customProperties: mail.template?.variables ?? {},
});

export const createHubspotProvider = (account: MailAccount, settings: ProviderSettings): MailProvider =>
  new HubspotProvider(account, settings);
