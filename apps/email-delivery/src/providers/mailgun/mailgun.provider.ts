import { isSuccess, type Answered, type HttpCaller } from '@groundswell/http';
import { resultOfFault, resultOfRefusal } from '../http/answer-result';
import { keyNames } from '../http/key-names';
import { asObject, asText, parseJson } from '../http/json-body';
import { cleanHeaders, mailbox, oneLine, refuseFaulty } from '../http/mail-text';
import { openCaller } from '../http/provider-caller';
import { sendInTurn } from '../http/send-in-turn';
import type { MailAccount, MailProvider, OutgoingMail, ProviderSettings, SendResult } from '../mail-provider';
import { mailgunOrigin } from './mailgun-origin';

/** Mailgun, one mail per call. `host` is the API's origin (accounts in the EU have another one), `user` the domain. */
class MailgunProvider implements MailProvider {
  readonly kind = 'mailgun';
  readonly batchSize = 1;
  private readonly caller: HttpCaller;
  private readonly url: string;
  private readonly authorization: string;

  constructor(account: MailAccount, settings: ProviderSettings) {
    this.caller = openCaller(settings);
    this.url = `${settings.apiUrl ?? mailgunOrigin(account.host)}/v3/${encodeURIComponent(account.user)}/messages`;
    this.authorization = `Basic ${Buffer.from(`api:${account.password}`).toString('base64')}`;
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
    const fault = refuseFaulty(mail);
    if (fault) return fault;
    if (!mail.html && !mail.text) return { outcome: 'refused', error: 'templates of Mailgun are not supported' };
    const form = new Response(mailgunForm(mail));
    const answer = await this.caller.call({
      method: 'POST',
      url: this.url,
      headers: { authorization: this.authorization, 'content-type': form.headers.get('content-type') ?? '' },
      body: Buffer.from(await form.arrayBuffer()),
    });
    return answer.kind === 'answered' ? mailgunResult(answer) : resultOfFault(answer);
  }
}

/** An inline part's file name is its content id: Mailgun knows it by nothing else. */
function mailgunForm(mail: OutgoingMail): FormData {
  const form = new FormData();
  form.append('from', mailbox(mail.from));
  form.append('to', mailbox(mail.to));
  for (const email of mail.cc ?? []) form.append('cc', email);
  form.append('subject', oneLine(mail.subject));
  if (mail.html) form.append('html', mail.html);
  if (mail.text) form.append('text', mail.text);
  if (mail.replyTo) form.append('h:Reply-To', mail.replyTo);
  for (const [name, value] of cleanHeaders(mail.headers)) form.append(`h:${name}`, value);
  form.append('v:custom-id', mail.customId);
  form.append('v:delivery-id', String(mail.deliveryId));
  for (const file of mail.attachments ?? []) {
    const content = new Blob([new Uint8Array(file.content)], { type: file.type });
    form.append(file.contentId ? 'inline' : 'attachment', content, oneLine(file.contentId ?? file.name));
  }
  return form;
}

function mailgunResult(answer: Answered): SendResult {
  const body = parseJson(answer.text);
  const { id, message } = asObject(body);
  if (isSuccess(answer)) {
    const found = asText(id);
    if (found !== null) return { outcome: 'sent', providerMessageId: found };
    return { outcome: 'unknown', error: `answer without id (${keyNames(body)})` };
  }
  const result = resultOfRefusal(answer);
  if (result.outcome === 'refused' && /'to' parameter is not a valid address/.test(asText(message) ?? '')) {
    result.bounced = true;
  }
  return result;
}

export const createMailgunProvider = (account: MailAccount, settings: ProviderSettings): MailProvider =>
  new MailgunProvider(account, settings);
