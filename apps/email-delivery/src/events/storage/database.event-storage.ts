import type { EntityManager } from 'typeorm';
import type { Logger } from '@groundswell/observability';
import { isDatabaseFault, type Database, type OutboxRepository } from '@groundswell/persistence';
import type { AddressHash } from '../../deliveries/keyed-address';
import type { EventStorage, MailEvent, PageResult } from '../mail-event';
import { contactChanges } from './contact-changes';
import { findMails } from './delivery-finder';
import type { DeliveryTimes, MailNews } from './delivery-row';
import { afterEvent, isSame } from './delivery-times';
import { WebhookRepository } from '../webhooks/webhook.repository';
import { afterFailure, failureOf, type Failure } from './failure';
import { keyEvents, type KeyedEvent } from './keyed-event';
import { addToMailings, countTransitions } from './mailing-counters';
import { messagesOf } from './outcome-messages';
import { OutcomeRepository, type Suppression } from './outcome.repository';
import { countedAs, emptyResult, sumResults } from './page-result';
import { suppressionReason } from './suppression';

interface ChangedMail {
  mail: MailNews;
  row: MailNews['row'];
  after: DeliveryTimes;
}

/** For this transaction: a few hundred rows are found by their keys, which the planner thinks dearer than they are. Else it reads
 *  the whole table for a page as long as that has some ten thousand rows. */
const rowsByKey = `select set_config(name, 'off', true)
                     from unnest('{enable_seqscan,enable_hashjoin,enable_mergejoin,jit}'::text[]) as s (name)`;

/** Two pages, or a page and another writer, waited for each other: the loser tries again. */
const attempts = 3;
const isCollision = (error: unknown): boolean => /deadlock detected|could not serialize/.test(messageOf(error));
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Stores pages in Postgres (email-events.md §7, §8, §10). An event counts once, by its key; the rows of a page are locked,
 * so what an event changes is worked out from what stands there. Twice and in any order is safe.
 */
export class DatabaseEventStorage implements EventStorage {
  constructor(
    private readonly database: Pick<Database, 'transaction'>,
    private readonly outbox: OutboxRepository,
    private readonly hashAddress: AddressHash,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  async store(events: readonly MailEvent[]): Promise<PageResult> {
    return this.storeKeyed(keyEvents(events, this.hashAddress), events.length);
  }

  /** As `store`, of a page whose events have their keys; `count` is how many stood in it. */
  async storeKeyed(keyed: readonly KeyedEvent[], count: number): Promise<PageResult> {
    const result = await this.storeOrSplit(keyed);
    result.unprocessable += count - keyed.reduce((sum, { times }) => sum + times, 0);
    return result;
  }

  /** An event that its page cannot be stored with is found by halving the page, and kept for a person. */
  private async storeOrSplit(keyed: readonly KeyedEvent[]): Promise<PageResult> {
    try {
      return await this.storePage(keyed);
    } catch (error) {
      if (isDatabaseFault(error)) throw error;
      const [first] = keyed;
      if (keyed.length <= 1) {
        if (first) await this.leaveOut(first.event, messageOf(error));
        return { ...emptyResult(), unprocessable: first?.times ?? 0 };
      }
      const half = Math.ceil(keyed.length / 2);
      return sumResults([await this.storeOrSplit(keyed.slice(0, half)), await this.storeOrSplit(keyed.slice(half))]);
    }
  }

  private async leaveOut(event: MailEvent, reason: string): Promise<void> {
    await this.database.transaction((manager) => new WebhookRepository(manager).insertLeftOut(event, reason));
    this.logger.warn({ eventType: event.type, reason }, 'mail event left out');
  }

  private async storePage(keyed: readonly KeyedEvent[]): Promise<PageResult> {
    const told = keyed.filter(({ event }) => event.type !== 'other');
    const result = emptyResult();
    result.unhandled += keyed.reduce((sum, { event, times }) => sum + (event.type === 'other' ? times : 0), 0);
    if (told.length === 0) return result;
    const mails = await this.transaction((manager) => this.apply(manager, told));
    for (const { event, times } of mails.flatMap((mail) => mail.events)) result[countedAs(event)] += times;
    const all = told.reduce((sum, { times }) => sum + times, 0);
    const found = mails.flatMap((mail) => mail.events).reduce((sum, { times }) => sum + times, 0);
    result.unprocessable += all - found;
    return result;
  }

  private async transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.database.transaction(work);
      } catch (error) {
        if (attempt >= attempts || !isCollision(error)) throw error;
      }
    }
  }

  /** Returns the mails found, each with all its events. */
  private async apply(manager: EntityManager, keyed: readonly KeyedEvent[]): Promise<MailNews[]> {
    await manager.query(rowsByKey);
    const mails = await findMails(manager, keyed);
    const told = mails.map(withoutIdle).filter(({ events }) => events.length > 0);
    if (told.length === 0) return mails;
    const outcomes = new OutcomeRepository(manager);
    const fresh = await outcomes.insertEvents(told);
    const news = told.map((mail) => withOnly(mail, fresh)).filter(({ events }) => events.length > 0);
    if (news.length === 0) return mails;
    const changes = news.map(changeOf);
    await outcomes.updateDeliveries(changes.filter(isChange).map(toDelivery));
    await this.saveFailures(outcomes, changes);
    await outcomes.insertComplaints(complaintsOf(news));
    await outcomes.insertSuppressions(suppressionsOf(news));
    await outcomes.saveContacts(contactChanges(changes));
    await addToMailings(manager, countTransitions(changes));
    await this.outbox.insert(manager, news.flatMap(messagesOf), false);
    return mails;
  }

  private async saveFailures(outcomes: OutcomeRepository, changes: readonly ChangedMail[]): Promise<void> {
    const failing = changes.map(({ mail }) => ({ id: mail.row.id, failures: failuresOf(mail) }));
    const failed = failing.filter(({ failures }) => failures.length > 0);
    const stored = await outcomes.findFailures(failed.map(({ id }) => id));
    const next = new Map<number, Failure>();
    for (const { id, failures } of failed) {
      const row = failures.reduce<Failure | null>(afterFailure, stored.get(id) ?? null);
      if (row) next.set(id, row);
    }
    await outcomes.saveFailures(next);
    const touched = changes.filter(({ row, after }) => next.has(row.id) || row.deliveredAt !== after.deliveredAt);
    await outcomes.resolveFailures(touched.map(({ row }) => row.id));
  }
}

/** That the provider took a mail over says something only while that was not known. */
const withoutIdle = (mail: MailNews): MailNews =>
  isFinal(mail) ? { ...mail, events: mail.events.filter(({ event }) => event.type !== 'accepted') } : mail;

const isFinal = ({ row }: MailNews): boolean => row.state === 'sent' || row.state === 'failed';

const withOnly = (mail: MailNews, keys: ReadonlySet<string>): MailNews => ({
  ...mail,
  events: mail.events.filter(({ key }) => keys.has(key.toString('latin1'))),
});

const changeOf = (mail: MailNews): ChangedMail => ({
  mail,
  row: mail.row,
  after: mail.events.reduce<DeliveryTimes>((times, { event }) => afterEvent(times, event), mail.row),
});

const isChange = ({ mail, row, after }: ChangedMail): boolean => !isFinal(mail) || !isSame(row, after);

const toDelivery = ({ mail, row, after }: ChangedMail) => ({
  id: row.id,
  deliveredAt: after.deliveredAt,
  openedAt: after.openedAt,
  clickedAt: after.clickedAt,
  bouncedAt: after.bouncedAt,
  sentAt: isFinal(mail) ? null : firstOf(mail),
});

const firstOf = ({ events }: MailNews): Date => new Date(Math.min(...events.map(({ event }) => event.at.getTime())));

const failuresOf = ({ events }: MailNews): Failure[] => events.flatMap(({ event, key }) => failureOf(event, key) ?? []);

const complaintsOf = (news: readonly MailNews[]) =>
  news.flatMap(({ row, events }) => {
    const at = events.filter(({ event }) => event.type === 'complained').map(({ event }) => event.at.getTime());
    return at.length > 0 ? [{ deliveryId: row.id, at: new Date(Math.min(...at)) }] : [];
  });

const suppressionsOf = (news: readonly MailNews[]): Suppression[] =>
  news.flatMap(({ row, events }) =>
    events.flatMap(({ event, addressHash }) => {
      const reason = suppressionReason(event);
      if (reason === null || row.serviceId === null) return [];
      return [{ serviceId: row.serviceId, addressHash, reason, deliveryId: row.id, at: event.at }];
    }),
  );
