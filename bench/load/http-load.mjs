import { performance } from 'node:perf_hooks';
import { answerBench } from '../harness/child.mjs';
import { latencySummary } from '../harness/figures.mjs';
import { KeepAliveClient } from './keep-alive-client.mjs';
import { statsRequest } from './stats-request.mjs';
import { widgetRequest } from './widget-request.mjs';

const cpuMs = ({ user, system }) => (user + system) / 1000;

/**
 * Sends up to `count` requests over `connections` connections for at most `maxMs`. With `rate` (per second) they start when
 * they are due, however slow the answers are, and latency counts from that moment; without, each connection sends the next
 * one as soon as it has its answer.
 */
class LoadRun {
  /** `numbers`: after so many, the number that a request carries begins again. */
  constructor(request, { numbers = Infinity, firstPerson = 0, ...input }) {
    Object.assign(this, { request, numbers, firstPerson, ...input });
    this.sent = 0;
    this.answered = 0;
    this.bad = 0;
    this.badSample = null;
    this.latencies = new Float64Array(this.count);
    this.idle = [];
    this.dueAt = new Map();
  }

  async run() {
    const request = { ...this.request, port: this.port, expect: this.expect };
    this.ended = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    this.ended.catch(() => {});
    this.clients = Array.from({ length: this.connections }, () => {
      const client = new KeepAliveClient(
        request,
        (isGood, text) => this.onAnswer(client, isGood, text),
        (error) => this.reject(error),
      );
      return client;
    });
    try {
      await Promise.race([Promise.all(this.clients.map(({ connected }) => connected)), this.ended]);
      return await this.measure();
    } finally {
      for (const client of this.clients) client.close();
    }
  }

  async measure() {
    const cpuBefore = process.cpuUsage();
    this.startedAt = performance.now();
    this.stopAt = this.startedAt + this.maxMs;
    const late = setTimeout(() => this.reject(new Error(`no answers for 30 s: ${this.state()}`)), this.maxMs + 30_000);
    if (this.rate) {
      this.idle = [...this.clients];
      this.ticker = setInterval(() => this.sendDue(), 1);
    } else for (const client of this.clients) this.sendNext(client, performance.now());
    await this.ended;
    clearInterval(this.ticker);
    clearTimeout(late);
    const seconds = (this.endedAt - this.startedAt) / 1000;
    return {
      sent: this.sent,
      good: this.answered - this.bad,
      bad: this.bad,
      badSample: this.badSample,
      seconds,
      perSecond: (this.answered - this.bad) / seconds,
      latency: latencySummary(this.latencies.subarray(0, this.answered)),
      clientCpuMs: cpuMs(process.cpuUsage(cpuBefore)),
    };
  }

  state = () => `${this.sent} sent, ${this.answered} answered`;

  sendNext(client, dueAt) {
    if (this.sent >= this.count || performance.now() >= this.stopAt) return false;
    this.dueAt.set(client, dueAt);
    client.send(this.firstPerson + (this.sent % this.numbers));
    this.sent += 1;
    return true;
  }

  /** Sends what the clock says is due while there are connections; the rest stays due and its latency grows. */
  sendDue() {
    const now = performance.now();
    for (;;) {
      const dueAt = this.startedAt + (this.sent / this.rate) * 1000;
      if (dueAt > now || this.idle.length === 0) break;
      const client = this.idle.pop();
      if (!this.sendNext(client, dueAt)) {
        this.idle.push(client);
        this.finishIfDone(now);
        break;
      }
    }
  }

  onAnswer(client, isGood, text) {
    const now = performance.now();
    this.latencies[this.answered] = now - this.dueAt.get(client);
    this.answered += 1;
    if (!isGood) {
      this.bad += 1;
      this.badSample ??= text;
    }
    if (this.rate) {
      this.idle.push(client);
      this.sendDue();
    } else if (this.sendNext(client, now)) return;
    this.finishIfDone(now);
  }

  finishIfDone(now) {
    const isOver = this.sent >= this.count || now >= this.stopAt;
    if (!isOver || this.answered < this.sent) return;
    this.endedAt ??= now;
    this.resolve();
  }
}

answerBench({
  run: (input) => new LoadRun(widgetRequest(input.port, input.pageId), input).run(),
  readStats: (input) => new LoadRun(statsRequest(input.port), input).run(),
});
