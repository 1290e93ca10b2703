import { Inject } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  JobQueue,
  PermanentJobError,
  RunsJob,
  StepRefusedError,
  type JobHandler,
  type JobRunOf,
} from '@groundswell/jobs';
import { OutboxRepository } from '@groundswell/persistence';
import { enrichers, type Enriched, type Enrichers, type Transcriber } from './enricher';
import { pollTranscriptionJob } from './enrichment-jobs';
import { EnrichmentLedger, type Ended } from './enrichment-ledger';
import { enrichmentSettings, type EnrichmentSettings } from './enrichment-settings';
import { ProviderFault, ProviderRefusal } from './provider.error';

type Run = JobRunOf<typeof pollTranscriptionJob>;

/** What one look at the provider came to. */
type Found = { enriched: Enriched } | { ended: Ended } | 'under way';

/** Waits between polls grow to so many times the first. */
const longestWait = 20;
/** One that nobody waits for any more is asked after so often until it can be removed: a week with the waits of the defaults. */
const mostPolls = 1_000;

/**
 * Asks after a transcription, once; while it is under way the last step adds the next job, for later. After a day it is given up.
 * In the end nothing of it stays with the provider, also when the person was erased meanwhile. Twice is safe: what is complete
 * stays so, and what is gone there is no error.
 */
@RunsJob(pollTranscriptionJob)
export class PollTranscriptionHandler implements JobHandler {
  constructor(
    @Inject(enrichers) private readonly enrichers: Enrichers | null,
    @Inject(enrichmentSettings) private readonly settings: EnrichmentSettings | null,
    @Inject(JobQueue) private readonly queue: JobQueue,
    @Inject(OutboxRepository) private readonly outbox: OutboxRepository,
  ) {}

  async run(job: Run): Promise<unknown> {
    const { enrichers: opened, settings } = this;
    if (!opened || !settings) throw new ProviderFault('not configured', false);
    const { voice } = opened;
    const isWanted = await job.step(async (manager) => (await this.hold(manager, job)).held !== null);
    if (isWanted) {
      const found = await this.look(voice, job);
      const isUnderWay = await job.step((manager) => this.note(manager, job, settings, found));
      if (isUnderWay) return { polls: job.payload.polls + 1 };
    }
    if (await voice.remove(job.payload.job)) return undefined;
    if (job.payload.polls >= mostPolls) {
      throw new PermanentJobError('a transcription does not end, nor can it be removed');
    }
    await job.step((manager) => this.addNext(manager, job, settings));
    return { polls: job.payload.polls + 1 };
  }

  private async hold(manager: EntityManager, { payload }: Run) {
    const ledger = new EnrichmentLedger(manager, this.outbox);
    const held = await ledger.hold(payload.enrichmentId, payload.round);
    return { ledger, held: held?.status === 'submitted' ? held : null };
  }

  private async look(voice: Transcriber, job: Run): Promise<Found> {
    try {
      const found = await voice.find(job.payload.job);
      switch (found.state) {
        case 'done':
          return { enriched: await voice.read(found.transcriptUrl) };
        case 'failed':
          return { ended: { reason: 'provider_failed', isPaid: false } };
        case 'unknown':
          return { ended: { reason: 'provider_lost', isPaid: true } };
        case 'under way':
          return 'under way';
      }
    } catch (error) {
      if (error instanceof StepRefusedError) throw error;
      const detail = error instanceof ProviderFault ? error.message : null;
      if (error instanceof ProviderRefusal) {
        return { ended: { reason: error.reason, detail: error.detail, isPaid: true } };
      }
      if (job.attempt < pollTranscriptionJob.attempts) throw error;
      return { ended: { reason: 'provider_unavailable', detail, isPaid: true } };
    }
  }

  /** Whether it is to be asked after again. */
  private async note(manager: EntityManager, job: Run, settings: EnrichmentSettings, found: Found): Promise<boolean> {
    const { ledger, held } = await this.hold(manager, job);
    if (!held) return false;
    if (found !== 'under way') {
      if ('enriched' in found) await ledger.complete(held, found.enriched.result, found.enriched.units);
      else await ledger.end(held, found.ended);
      return false;
    }
    if ((held.submittedForMs ?? 0) >= settings.timeoutMs) {
      await ledger.end(held, { status: 'timeout', reason: 'no_answer', isPaid: true });
      return false;
    }
    await this.addNext(manager, job, settings);
    return true;
  }

  private async addNext(
    manager: EntityManager,
    { payload, orgId }: Run,
    { pollMs }: EnrichmentSettings,
  ): Promise<void> {
    const waitMs = pollMs * Math.min(2 ** Math.min(payload.polls, 30), longestWait);
    await this.queue.add(manager, pollTranscriptionJob, {
      payload: { ...payload, polls: payload.polls + 1 },
      orgId,
      notBefore: new Date(Date.now() + waitMs),
    });
  }
}
