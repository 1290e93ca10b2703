import { isSuccess } from '@groundswell/http';
import { normaliseMailgun, mailgunInstant } from '../../events/normalising/mailgun';
import type { MailEvent } from '../../events/mail-event';
import { keyNames } from '../http/key-names';
import { asList, asObject, asText, parseJson } from '../http/json-body';
import type { MailAccount } from '../mail-provider';
import { MailgunEventsError } from './mailgun-events.error';
import { MailgunReader, type ReaderSettings } from './mailgun-reader';

const pageSize = 300;

export interface EventsQuery {
  begin: Date;
  end: Date;
  /** Mailgun's names. */
  types: readonly string[];
  recipient?: string;
}

/** What was on one page. */
export interface EventsPage {
  /** What can be stored, oldest first. */
  events: MailEvent[];
  /** Records, without those newer than this fetch. */
  count: number;
  /** Records that could not be read. */
  skipped: number;
  /** Of the newest record with a time; null where none has one. */
  newestAt: Date | null;
}

export interface FetchOptions {
  /** Soft: pages are whole, and the events of `begin` itself are always read to the end. */
  maxEvents: number;
  /** Awaited before the next page is asked for; what it throws ends the fetch. False ends it too. */
  onPage: (page: EventsPage) => Promise<boolean>;
  signal?: AbortSignal;
}

export interface Fetched {
  count: number;
  skipped: number;
  /** `capped`: there may be more. */
  ended: 'drained' | 'capped' | 'told to';
}

/** Events of one Mailgun domain (email-events.md §3), and its suppression lists. Throws MailgunEventsError. */
export class MailgunEventsClient {
  private readonly reader: MailgunReader;
  private readonly path: string;
  private readonly now: () => number;

  constructor(
    private readonly account: Pick<MailAccount, 'id' | 'host' | 'user' | 'password'>,
    settings: ReaderSettings,
    /** Only events of mails with all of them. */
    private readonly tags: readonly string[] = [],
  ) {
    this.reader = new MailgunReader(account, settings);
    this.path = `/v3/${encodeURIComponent(account.user)}`;
    this.now = settings.now ?? (() => Date.now());
  }

  async fetch(query: EventsQuery, { maxEvents, onPage, signal }: FetchOptions): Promise<Fetched> {
    const startedMs = this.now();
    const beginMs = Math.ceil(query.begin.getTime());
    const done = { count: 0, skipped: 0 };
    let path = this.firstPage(query);
    for (;;) {
      const { records, next } = this.parsePage(await this.reader.get(path, signal), path);
      if (records.length === 0) return { ...done, ended: 'drained' };
      const page = this.readPage(records, startedMs);
      const goesOn = await onPage(page);
      done.count += page.count;
      done.skipped += page.skipped;
      if (!goesOn) return { ...done, ended: 'told to' };
      const isPastBegin = page.newestAt !== null && page.newestAt.getTime() > beginMs;
      if (done.count >= maxEvents && isPastBegin) return { ...done, ended: 'capped' };
      path = next;
    }
  }

  /** Takes an address off all of the provider's lists; one it is not on counts. Throws unless all is done. */
  async removeSuppression(address: string): Promise<void> {
    for (const list of ['bounces', 'complaints', 'unsubscribes']) {
      const answer = await this.reader.call('DELETE', `${this.path}/${list}/${encodeURIComponent(address)}`);
      if (isSuccess(answer) || answer.status === 404) continue;
      throw new MailgunEventsError(answer.status >= 500 ? 'away' : 'refused', `${list}: HTTP ${answer.status}`);
    }
  }

  close(): Promise<void> {
    return this.reader.close();
  }

  private firstPage({ begin, end, types, recipient }: EventsQuery): string {
    const query = new URLSearchParams({
      begin: (begin.getTime() / 1000).toFixed(3),
      end: (end.getTime() / 1000).toFixed(3),
      ascending: 'yes',
      limit: String(pageSize),
      event: types.join(' OR '),
    });
    if (this.tags.length > 0) query.set('tags', this.tags.join(' AND '));
    if (recipient !== undefined) query.set('recipient', recipient);
    return `${this.path}/events?${query.toString()}`;
  }

  /** Whatever host the next page names, it is asked for where the first one was: nobody else gets the key. */
  private parsePage(text: string, path: string): { records: unknown[]; next: string } {
    const body = asObject(parseJson(text));
    if (!Array.isArray(body.items)) throw malformed(`no items (${keyNames(parseJson(text))})`);
    const records = asList(body.items);
    if (records.length === 0) return { records, next: '' };
    const address = asText(asObject(body.paging).next) ?? '';
    const url = URL.canParse(address) ? new URL(address) : null;
    if (!url?.pathname.startsWith(`${this.path}/events`)) throw malformed('no next page');
    const next = url.pathname + url.search;
    if (next === path) throw malformed('the next page is the same');
    return { records, next };
  }

  private readPage(records: readonly unknown[], startedMs: number): EventsPage {
    const page: EventsPage = { events: [], count: 0, skipped: 0, newestAt: null };
    for (const record of records) {
      const at = mailgunInstant(asObject(record));
      if (at !== null && at.getTime() > startedMs) continue;
      page.count += 1;
      if (at !== null && (page.newestAt === null || at > page.newestAt)) page.newestAt = at;
      const event = normaliseMailgun(record, this.account.id);
      if (event) page.events.push(event);
      else page.skipped += 1;
    }
    return page;
  }
}

const malformed = (text: string): MailgunEventsError => new MailgunEventsError('malformed', `malformed page: ${text}`);
