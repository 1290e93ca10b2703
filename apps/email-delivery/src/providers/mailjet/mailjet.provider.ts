import type { HttpCaller } from '@groundswell/http';
import { resultOfFault } from '../http/answer-result';
import { asList, asObject, asText, templateNumber } from '../http/json-body';
import { refuseFaulty } from '../http/mail-text';
import { openCaller } from '../http/provider-caller';
import { sendInTurn } from '../http/send-in-turn';
import { readAllPages, readPage, type ListedTemplate } from '../http/template-list';
import type { MailAccount, MailProvider, OutgoingMail, ProviderSettings, SendResult } from '../mail-provider';
import { mailjetResults } from './mailjet-answer';
import { mailjetMessage } from './mailjet-message';

/** Messages that one call may carry. */
const callLimit = 50;
/** One call is one text in memory; a larger mail goes by itself. */
const callBytes = 10_000_000;
const pageSize = 50;

/** Mailjet Send API v3.1. */
class MailjetProvider implements MailProvider {
  readonly kind = 'mailjet';
  readonly batchSize = 25;
  private readonly caller: HttpCaller;
  private readonly origin: string;
  private readonly headers: Record<string, string>;

  constructor(account: MailAccount, settings: ProviderSettings) {
    this.caller = openCaller(settings);
    this.origin = (settings.apiUrl ?? 'https://api.mailjet.com').replace(/\/+$/, '');
    const credentials = Buffer.from(`${account.user}:${account.password}`).toString('base64');
    this.headers = { authorization: `Basic ${credentials}` };
  }

  async send(mails: readonly OutgoingMail[]): Promise<SendResult[]> {
    const refused = mails.map(refuse);
    const sound = mails.filter((_, index) => refused[index] === null);
    const sent = (await sendInTurn(groupsOf(sound), (group) => this.sendGroup(group))).values();
    return refused.map((result) => result ?? (sent.next().value as SendResult));
  }

  listTemplates(): Promise<ListedTemplate[]> {
    return readAllPages(
      pageSize,
      async (offset) => {
        const url = `${this.origin}/v3/REST/template?limit=${pageSize}&offset=${offset}`;
        const body = await readPage(this.caller, { method: 'GET', url, headers: this.headers });
        return asList(asObject(body).Data).flatMap((row) => listed(asObject(row).ID, asObject(row).Name));
      },
      (page) => page.length === 0,
    );
  }

  close(): Promise<void> {
    return this.caller.close();
  }

  /** A call refused as a whole for what one of its mails holds is tried again in halves: nothing of it was sent. */
  private async sendGroup(mails: readonly OutgoingMail[]): Promise<SendResult[]> {
    const answer = await this.caller.call({
      method: 'POST',
      url: `${this.origin}/v3.1/send`,
      headers: { ...this.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ Messages: mails.map(mailjetMessage) }),
    });
    if (answer.kind !== 'answered') return mails.map(() => resultOfFault(answer));
    const { results, isWhole } = mailjetResults(answer, mails.length);
    if (!isWhole || results[0]?.outcome !== 'refused' || mails.length === 1) return results;
    const middle = Math.ceil(mails.length / 2);
    return sendInTurn([mails.slice(0, middle), mails.slice(middle)], (half) => this.sendGroup(half));
  }
}

function groupsOf(mails: readonly OutgoingMail[]): OutgoingMail[][] {
  const groups: OutgoingMail[][] = [];
  let left = 0;
  for (const mail of mails) {
    const bytes = bytesOf(mail);
    const group = groups.at(-1);
    if (group && group.length < callLimit && bytes <= left) group.push(mail);
    else groups.push([mail]);
    left = (groups.at(-1)?.length === 1 ? callBytes : left) - bytes;
  }
  return groups;
}

/** About as much as its message will take: files are written in base64. */
const bytesOf = ({ html, text, attachments = [] }: OutgoingMail): number =>
  (html?.length ?? 0) + (text?.length ?? 0) + attachments.reduce((sum, { content }) => sum + content.length * 1.4, 0);

const listed = (id: unknown, name: unknown): ListedTemplate[] => {
  const [ref, text] = [asText(id), asText(name)];
  return ref !== null && text !== null ? [{ ref, name: text }] : [];
};

const refuse = (mail: OutgoingMail): SendResult | null =>
  refuseFaulty(mail) ??
  (mail.template && templateNumber(mail.template.ref) === null
    ? { outcome: 'refused', error: 'the Mailjet template id is no whole number' }
    : null);

export const createMailjetProvider = (account: MailAccount, settings: ProviderSettings): MailProvider =>
  new MailjetProvider(account, settings);
