import { Worker } from 'node:worker_threads';
import type { EventPages, MailEvent, PageResult } from '../mail-event';
import type { KeyedEvent } from '../storage/keyed-event';
import type { FromWorker, ToWorker, WorkerSettings } from './page-messages';
import { keyedOf } from './prepared-page';

export interface KeyedEventStorage {
  storeKeyed(keyed: readonly KeyedEvent[], count: number): Promise<PageResult>;
}

interface WaitingPage {
  events: readonly MailEvent[];
  resolve: (result: PageResult) => void;
  reject: (error: Error) => void;
}

/**
 * Pages by way of a worker thread, which checks the events, makes their keys and hashes the addresses: most of what a page
 * costs beside the database. This thread stores what comes back and acknowledges it, before which there is no next page
 * (email-events.md §6). A worker that dies fails the pages it had; the next page starts another one.
 */
export class ThreadedEventPages implements EventPages {
  private worker: Worker | null = null;
  private readonly waiting = new Map<number, WaitingPage>();
  private storing: Promise<void> = Promise.resolve();
  private lastId = 0;
  private isStopped = false;

  constructor(
    private readonly file: string | URL,
    /** Asked for whenever a worker starts; what it throws fails the page. */
    private readonly settings: () => WorkerSettings,
    private readonly storage: KeyedEventStorage,
  ) {}

  process(events: readonly MailEvent[]): Promise<PageResult> {
    if (this.isStopped) return Promise.reject(new Error('event pages are stopped'));
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      this.post({ type: 'page', id, events });
      this.waiting.set(id, { events, resolve, reject });
    });
  }

  /** Ends early: the page being stored is finished, those that wait are not. */
  async stop(): Promise<void> {
    this.isStopped = true;
    const { worker } = this;
    if (worker) this.post({ type: 'cancel' });
    this.abandon('event pages are stopped');
    await this.storing;
    await worker?.terminate();
  }

  private post(message: ToWorker): void {
    this.worker ??= this.start();
    this.worker.postMessage(message);
  }

  private start(): Worker {
    const worker = new Worker(this.file, { workerData: this.settings(), name: 'mail events' });
    const end = (reason: string): void => {
      if (this.worker !== worker) return;
      this.worker = null;
      this.abandon(reason);
    };
    worker.on('message', (message: FromWorker) => this.receive(worker, message));
    worker.on('error', (error) => end(`the worker of mail events failed: ${String(error)}`));
    worker.on('exit', () => end('the worker of mail events ended'));
    worker.unref();
    return worker;
  }

  private receive(worker: Worker, message: FromWorker): void {
    const page = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    const acknowledge = (): void => worker.postMessage({ type: 'acknowledged', id: message.id } satisfies ToWorker);
    if (!page) return acknowledge();
    if (message.type === 'failed') {
      page.reject(new Error(message.reason));
      return acknowledge();
    }
    this.storing = this.storage
      .storeKeyed(keyedOf(page.events, message.page), page.events.length)
      .then(page.resolve, page.reject)
      .then(acknowledge);
  }

  private abandon(reason: string): void {
    const pages = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of pages) reject(new Error(reason));
  }
}
