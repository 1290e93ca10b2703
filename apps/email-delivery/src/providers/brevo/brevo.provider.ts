import { isSuccess, retryAfterMs, type Answered, type HttpCaller } from '@groundswell/http';
import { errorOf, resultOfFault, resultOfRefusal } from '../http/answer-result';
import { keyNames } from '../http/key-names';
import { asList, asObject, asText, parseJson, templateNumber } from '../http/json-body';
import { refuseFaulty } from '../http/mail-text';
import { openCaller } from '../http/provider-caller';
import { sendInTurn } from '../http/send-in-turn';
import { readAllPages, readPage, type ListedTemplate } from '../http/template-list';
import type { MailAccount, MailProvider, OutgoingMail, ProviderSettings, SendResult } from '../mail-provider';
import { brevoMail } from './brevo-mail';

const pageSize = 50;

/** Brevo's transactional mails, one per call. */
class BrevoProvider implements MailProvider {
  readonly kind = 'brevo';
  readonly batchSize = 1;
  private readonly caller: HttpCaller;
  private readonly origin: string;
  private readonly headers: Record<string, string>;

  constructor(account: MailAccount, settings: ProviderSettings) {
    this.caller = openCaller(settings);
    this.origin = (settings.apiUrl ?? 'https://api.brevo.com').replace(/\/+$/, '');
    this.headers = { 'api-key': account.password };
  }

  send(mails: readonly OutgoingMail[]): Promise<SendResult[]> {
    return sendInTurn(
      mails.map((mail) => [mail]),
      (group) => Promise.all(group.map((mail) => this.sendOne(mail))),
    );
  }

  listTemplates(): Promise<ListedTemplate[]> {
    return readAllPages(
      pageSize,
      async (offset) => {
        const url = `${this.origin}/v3/smtp/templates?templateStatus=true&limit=${pageSize}&offset=${offset}`;
        const body = await readPage(this.caller, { method: 'GET', url, headers: this.headers });
        return asList(asObject(body).templates).flatMap((row) => {
          const [ref, name] = [asText(asObject(row).id), asText(asObject(row).name)];
          return ref !== null && name !== null ? [{ ref, name }] : [];
        });
      },
      (page) => page.length < pageSize,
    );
  }

  close(): Promise<void> {
    return this.caller.close();
  }

  private async sendOne(mail: OutgoingMail): Promise<SendResult> {
    const fault = refuseFaulty(mail);
    if (fault) return fault;
    if (mail.template && templateNumber(mail.template.ref) === null) {
      return { outcome: 'refused', error: 'the Brevo template id is no whole number' };
    }
    const answer = await this.caller.call({
      method: 'POST',
      url: `${this.origin}/v3/smtp/email`,
      headers: { ...this.headers, 'content-type': 'application/json' },
      body: JSON.stringify(brevoMail(mail)),
    });
    return answer.kind === 'answered' ? brevoResult(answer) : resultOfFault(answer);
  }
}

function brevoResult(answer: Answered): SendResult {
  const body = parseJson(answer.text);
  const { code, message, messageId } = asObject(body);
  if (isSuccess(answer)) {
    const id = asText(messageId);
    if (id !== null) return { outcome: 'sent', providerMessageId: id };
    return { outcome: 'unknown', error: `answer without messageId (${keyNames(body)})` };
  }
  // The key of this purpose was used within the last 30 minutes: an earlier call was taken, its end unknown.
  if (code === 'duplicate_parameter' || code === 'duplicate_request') {
    return { outcome: 'unknown', error: errorOf(answer) };
  }
  if (code === 'document_not_found') return { outcome: 'refused', error: errorOf(answer) };
  const result = resultOfRefusal(answer);
  if (result.outcome === 'refused' && /\bnot valid in to\b/.test(asText(message) ?? '')) result.bounced = true;
  if (result.outcome === 'retry' && answer.status === 429) {
    result.retryAfterMs ??= retryAfterMs([answer.headers['x-sib-ratelimit-reset']].flat()[0]);
  }
  return result;
}

export const createBrevoProvider = (account: MailAccount, settings: ProviderSettings): MailProvider =>
  new BrevoProvider(account, settings);
