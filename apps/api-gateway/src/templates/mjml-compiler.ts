import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { Inject, Injectable, Optional, type OnApplicationShutdown } from '@nestjs/common';
import { unavailable } from '../api/api-error';
import { includeFaults, mustacheFaults, type MjmlFault, type MjmlResult } from './mjml-result';

export interface MjmlLimits {
  /** Longest a source may take, with the two seconds or so that the compiler takes to load, ms. */
  compileMs: number;
  /** The compiler holds 70 MB: it goes when it was not used for that long, ms. */
  idleMs: number;
  /** Of the compiler's heap: more is no template. Where the process runs with --max-old-space-size, that holds instead. */
  maxHeapMb: number;
  /** Of the html, in UTF-8: a few elements make hundred times what they are. */
  maxHtmlBytes: number;
  /** Sources that may wait for the one being compiled. */
  maxWaiting: number;
}

export const defaultMjmlLimits: MjmlLimits = {
  compileMs: 20_000,
  idleMs: 60_000,
  maxHeapMb: 128,
  maxHtmlBytes: 2_097_152,
  maxWaiting: 8,
};

/** Other limits, for tests. */
export const MJML_LIMITS = Symbol('mjml limits');

const retryAfterSeconds = 30;

/** Runs in a thread of its own: loading takes seconds and each source a tenth of one or more, which signing must not wait for. */
const program = `
  const { parentPort, workerData } = require('node:worker_threads');
  const compile = require(workerData.compiler);
  // No fonts: mjml would link each known one from its publisher, who then sees every reader of the mail.
  const options = { validationLevel: 'soft', ignoreIncludes: true, fonts: {} };
  parentPort.on('message', async (source) => {
    try {
      const { html, errors } = await compile(source, options);
      const isTooMuch = Buffer.byteLength(html) > workerData.maxHtmlBytes;
      parentPort.postMessage({
        html: isTooMuch ? '' : html,
        faults: isTooMuch ? [{ line: null, message: 'makes too much html' }] : errors.map(({ line, tagName, message }) => ({ line, message: tagName + ': ' + message })),
      });
    } catch (error) {
      parentPort.postMessage({ html: '', faults: [{ line: null, message: error.message }] });
    }
  });
`;

/** MJML to html, one source after another, in a thread that exists while it is needed. */
@Injectable()
export class MjmlCompiler implements OnApplicationShutdown {
  private worker: Worker | null = null;
  private idleTimer: NodeJS.Timeout | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  constructor(@Optional() @Inject(MJML_LIMITS) private readonly limits: MjmlLimits = defaultMjmlLimits) {}

  async compile(source: string): Promise<MjmlResult> {
    const faults = includeFaults(source);
    if (faults.length > 0) return { html: '', faults };
    const result = await this.inTurn(() => this.run(source));
    if (result.faults.length > 0) return result;
    return { html: result.html, faults: mustacheFaults(source, result.html) };
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.idleTimer);
    await this.stop();
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting > this.limits.maxWaiting) throw unavailable(retryAfterSeconds);
    this.waiting += 1;
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.waiting -= 1;
    }
  }

  private async run(source: string): Promise<MjmlResult> {
    clearTimeout(this.idleTimer);
    const result = await askWorker((this.worker ??= this.start()), source, this.limits.compileMs);
    if (result) {
      this.idleTimer = setTimeout(() => void this.stop(), this.limits.idleMs).unref();
      return result;
    }
    await this.stop();
    return { html: '', faults: [cannotBeCompiled] };
  }

  private start(): Worker {
    const worker = startWorker(this.limits);
    // Errors show as its end; one nobody listens to would end the process.
    worker
      .on('error', () => undefined)
      .on('exit', () => {
        if (this.worker === worker) this.worker = null;
      });
    return worker;
  }

  private async stop(): Promise<void> {
    const { worker } = this;
    this.worker = null;
    await worker?.terminate();
  }
}

const cannotBeCompiled: MjmlFault = { line: null, message: 'cannot be compiled' };

function startWorker({ maxHeapMb, maxHtmlBytes }: MjmlLimits): Worker {
  const compiler = createRequire(import.meta.url).resolve('mjml');
  const worker = new Worker(program, {
    eval: true,
    execArgv: [],
    // Nothing of ours that a template could come by.
    env: {},
    workerData: { compiler, maxHtmlBytes },
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
  });
  worker.unref();
  return worker;
}

/** Null when the worker dies of the source, or is not done with it in time. */
function askWorker(worker: Worker, source: string, limitMs: number): Promise<MjmlResult | null> {
  return new Promise((resolve) => {
    const settle = (result: MjmlResult | null): void => {
      clearTimeout(timer);
      worker.off('message', settle).off('error', onEnd).off('exit', onEnd);
      resolve(result);
    };
    const onEnd = (): void => settle(null);
    const timer = setTimeout(onEnd, limitMs);
    worker.on('message', settle).on('error', onEnd).on('exit', onEnd);
    worker.postMessage(source);
  });
}
