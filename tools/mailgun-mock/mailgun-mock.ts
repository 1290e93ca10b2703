import { MailgunServer } from '../mail-servers/mailgun-server';
import { basicAuth, ProviderServer, type ReceivedCall, type Reply } from '../mail-servers/provider-server';
import { WrittenLog, type EventLog } from './event-log';
import { planOf } from './message-plan';
import { pageOf, type PageQuery } from './pages';

export interface MockDomain {
  apiKey: string;
  log: EventLog;
  /** Addresses Mailgun sends nothing to, by list. */
  suppressed: Record<SuppressionList, Set<string>>;
}

const suppressionLists = ['bounces', 'complaints', 'unsubscribes'] as const;
export type SuppressionList = (typeof suppressionLists)[number];

/** The messages call, without a port of its own. */
class MessagesOf extends MailgunServer {
  answer(call: ReceivedCall): Promise<Reply> {
    return this.handle(call);
  }
}

export interface MockSettings {
  now?: () => number;
  /** Where the URLs of pages point; by default here. Accounts in the EU are told another host than they may have called. */
  pagingOrigin?: string;
}

/**
 * Mailgun as far as this product calls it: messages, events with paging and late storage, suppression lists; any number of
 * domains. `mishap` and `answerNext` spoil the next calls. Truth: `GET /mock/{domain}/truth`, one JSON line per mail.
 */
export class MailgunMock extends ProviderServer {
  private readonly domains = new Map<string, MockDomain>();
  private readonly messages = new Map<string, MessagesOf>();
  private readonly now: () => number;
  eventCalls = 0;

  constructor(private readonly settings: MockSettings = {}) {
    super();
    this.now = settings.now ?? (() => Date.now());
  }

  addDomain(domain: string, apiKey: string, log: EventLog = new WrittenLog()): MockDomain {
    const suppressed = { bounces: new Set<string>(), complaints: new Set<string>(), unsubscribes: new Set<string>() };
    const added = { apiKey, log, suppressed };
    this.domains.set(domain, added);
    this.messages.set(domain, new MessagesOf(domain, apiKey));
    return added;
  }

  protected handle(call: ReceivedCall): Reply | Promise<Reply> {
    const [, version, name = '', resource, ...rest] = call.path.split('/').map(decodeURIComponent);
    const domain = this.domains.get(version === 'mock' || version === 'v3' ? name : '');
    if (version === 'mock' && domain && resource === 'truth') return { status: 200, body: truthText(domain.log) };
    if (version !== 'v3') return { status: 404, body: '404 page not found' };
    if (!domain) return refuse(404, `Domain not found: ${name}`);
    if (call.headers.authorization !== basicAuth('api', domain.apiKey)) return { status: 401, body: 'Forbidden' };
    if (resource === 'messages') return this.send(call, name, domain);
    if (resource === 'events' && call.method === 'GET') return this.events(call, name, domain, rest[0]);
    const list = suppressionLists.find((known) => known === resource);
    return list && call.method === 'DELETE' ? remove(domain, list, rest[0] ?? '') : refuse(404, 'not found');
  }

  private events(call: ReceivedCall, name: string, { log }: MockDomain, token: string | undefined): Reply {
    this.eventCalls += 1;
    const query: PageQuery = token
      ? (JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as PageQuery)
      : { filter: Object.fromEntries(call.query), place: null };
    const page = pageOf(log, query, this.now());
    if ('fault' in page) return refuse(400, page.fault);
    const url = (to: PageQuery) =>
      `${this.settings.pagingOrigin ?? this.url}/v3/${name}/events/${Buffer.from(JSON.stringify(to)).toString('base64url')}`;
    const { items, next, previous } = page;
    const start = { ...query, place: null };
    return {
      status: 200,
      body: { items, paging: { next: url(next), previous: url(previous), first: url(start), last: url(next) } },
    };
  }

  /** An address on a list is taken, and fails by itself. */
  private async send(call: ReceivedCall, name: string, domain: MockDomain): Promise<Reply> {
    const sender = this.messages.get(name) as MessagesOf;
    const reply = await sender.answer(call);
    const message = sender.taken.at(-1);
    if (reply.status !== 200 || !message || !(domain.log instanceof WrittenLog)) return reply;
    const { id } = reply.body as { id: string };
    for (const event of planOf(message, id, this.now(), domain.suppressed)) domain.log.add(event);
    return reply;
  }
}

const refuse = (status: number, message: string): Reply => ({ status, body: { message } });

function remove({ suppressed }: MockDomain, list: SuppressionList, address: string): Reply {
  const isThere = suppressed[list].delete(address.toLowerCase());
  if (!isThere) return refuse(404, `Address not found in ${list} table`);
  return { status: 200, body: { message: `${address} has been removed from ${list}`, address } };
}

const truthText = (log: EventLog): string =>
  [...log.truth()].map(([id, truth]) => JSON.stringify({ id, ...truth })).join('\n');
