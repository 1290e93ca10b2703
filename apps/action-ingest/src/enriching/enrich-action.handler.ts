import { Inject } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { attachmentOfField } from '@groundswell/domain';
import { JobQueue, RunsJob, StepRefusedError, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import { OutboxRepository } from '@groundswell/persistence';
import { AttachmentReadModel, type CleanAttachment } from './attachment.read-model';
import { leastSeconds } from './aws/transcript';
import { enrichers, type Enriched, type Enrichers } from './enricher';
import { enrichActionJob, pollTranscriptionJob } from './enrichment-jobs';
import { EnrichmentLedger, type EndReason } from './enrichment-ledger';
import { EnrichmentPlanner } from './enrichment-planner';
import { enrichmentSettings, type EnrichmentSettings } from './enrichment-settings';
import type { HeldEnrichment } from './enrichment.repository';
import { ProviderFault, ProviderRefusal } from './provider.error';

type Run = JobRunOf<typeof enrichActionJob>;
type IsWanted = Awaited<ReturnType<EnrichmentPlanner['isWanted']>>;

/** A call about to be made: what it is made with was read in the step that set its units aside. */
type Work =
  | { kind: 'translate' | 'sentiment'; text: string; language: string | null }
  | { kind: 'label'; attachment: CleanAttachment }
  | { kind: 'transcribe'; source: string; name: string; language: string | null };

/** Bytes of speech in a second at the lowest rate in use: more seconds are set aside than there are. */
const leastBytesPerSecond = 2_000;

/**
 * Has one enrichment made. A step notes the call before it is made, another what came of it. Killed in between, a transcription is
 * found again by its name, and paid once; a call that is answered at once has no name and is made again: the usage has it twice.
 */
@RunsJob(enrichActionJob)
export class EnrichActionHandler implements JobHandler {
  constructor(
    @Inject(enrichers) private readonly enrichers: Enrichers | null,
    @Inject(enrichmentSettings) private readonly settings: EnrichmentSettings | null,
    @Inject(JobQueue) private readonly queue: JobQueue,
    @Inject(OutboxRepository) private readonly outbox: OutboxRepository,
    @Inject(EnrichmentPlanner) private readonly planner: EnrichmentPlanner,
  ) {}

  async run(job: Run): Promise<unknown> {
    const isWanted = await this.planner.isWanted();
    const work = await job.step((manager) => this.begin(manager, job, isWanted));
    if (!work) return;
    try {
      const enriched = await this.carryOut(work);
      await job.step((manager) => this.note(manager, job, enriched));
      return;
    } catch (error) {
      if (error instanceof StepRefusedError) throw error;
      await job.step((manager) => this.noteFault(manager, job, error));
      if (!(error instanceof ProviderRefusal)) throw error;
    }
  }

  /** Null when it has ended. What an attempt before this one may have submitted is removed there. */
  private async begin(manager: EntityManager, job: Run, isWanted: IsWanted): Promise<Work | null> {
    const ledger = new EnrichmentLedger(manager, this.outbox);
    const held = await ledger.hold(job.payload.enrichmentId, job.payload.round);
    const work = held && (await this.submit(manager, ledger, held, isWanted));
    if (!work && held?.providerJob !== null) await this.askAfter(manager, job);
    return work;
  }

  private async submit(
    manager: EntityManager,
    ledger: EnrichmentLedger,
    held: HeldEnrichment,
    isWanted: IsWanted,
  ): Promise<Work | null> {
    const refusal = ledger.refusalOf(held) ?? (isWanted(held) ? null : 'not_wanted');
    const work = refusal ?? (await this.workOf(manager, held));
    if (typeof work === 'string') {
      await ledger.end(held, { reason: work, isPaid: true });
      return null;
    }
    const call = {
      provider: 'aws',
      providerJob: work.kind === 'transcribe' ? work.name : null,
      units: await this.unitsOf(manager, held, work),
    };
    return (await ledger.submit(held, call)) ? work : null;
  }

  private async workOf(manager: EntityManager, held: HeldEnrichment): Promise<Work | EndReason> {
    if (!this.enrichers || !this.settings) return 'not_configured';
    const { kind, language, text } = held;
    if (kind === 'translate' || kind === 'sentiment') {
      return text === null || text.trim() === '' ? 'no_source' : { kind, text, language };
    }
    const attachment = await attachmentOf(manager, held);
    if (!attachment) return 'no_source';
    if (kind === 'label') return { kind, attachment };
    try {
      const source = this.enrichers.voice.sourceOf(attachment);
      return { kind, source, language, name: nameAtProvider(this.settings, held.id, held.round) };
    } catch (error) {
      if (error instanceof ProviderRefusal) return error.reason;
      throw error;
    }
  }

  private async unitsOf(manager: EntityManager, held: HeldEnrichment, work: Work): Promise<number> {
    if (work.kind === 'label') return 1;
    if (work.kind !== 'transcribe') return [...work.text].length;
    const attachment = await attachmentOf(manager, held);
    return Math.max(leastSeconds, Math.ceil((attachment?.size ?? 0) / leastBytesPerSecond));
  }

  /** Null: it was submitted, and is asked after. */
  private async carryOut(work: Work): Promise<Enriched | null> {
    if (!this.enrichers) throw new ProviderRefusal('not_configured');
    const { text, images, voice } = this.enrichers;
    switch (work.kind) {
      case 'translate':
        return text.translate(work.text, work.language ?? 'en');
      case 'sentiment':
        return text.detectSentiment(work.text);
      case 'label':
        return images.label(work.attachment);
      case 'transcribe':
        await voice.start(work.name, work.source, work.language);
        return null;
    }
  }

  private async note(manager: EntityManager, job: Run, enriched: Enriched | null): Promise<void> {
    if (!enriched) return this.askAfter(manager, job);
    const ledger = new EnrichmentLedger(manager, this.outbox);
    const held = await ledger.hold(job.payload.enrichmentId, job.payload.round);
    if (held) await ledger.complete(held, enriched.result, enriched.units);
  }

  /** A transcription; also one that nobody waits for: it is removed where it was submitted. */
  private async askAfter(manager: EntityManager, { payload, orgId }: Run): Promise<void> {
    const { enrichmentId, round, kind } = payload;
    if (kind !== 'transcribe' || !this.settings?.mediaBucket) return;
    await this.queue.add(manager, pollTranscriptionJob, {
      payload: { enrichmentId, round, job: nameAtProvider(this.settings, enrichmentId, round), polls: 0 },
      orgId,
      notBefore: new Date(Date.now() + this.settings.pollMs),
    });
  }

  private async noteFault(manager: EntityManager, job: Run, error: unknown): Promise<void> {
    const { payload, attempt } = job;
    const isPaid = error instanceof ProviderFault && error.isPaid;
    const isLast = attempt >= enrichActionJob.attempts;
    if (isPaid && isLast) await this.askAfter(manager, job);
    const ledger = new EnrichmentLedger(manager, this.outbox);
    const held = await ledger.hold(payload.enrichmentId, payload.round);
    if (!held) return;
    if (error instanceof ProviderRefusal) {
      const { reason, detail } = error;
      return ledger.end(held, { reason, detail, isPaid: false });
    }
    if (!isLast) return ledger.putOff(held, isPaid);
    const detail = error instanceof ProviderFault ? error.message : null;
    await ledger.end(held, { reason: 'provider_unavailable', detail, isPaid });
  }
}

const nameAtProvider = ({ jobPrefix }: EnrichmentSettings, id: number, round: number): string =>
  `${jobPrefix}-${id}-${round}`;

const attachmentOf = (manager: EntityManager, { field }: HeldEnrichment): Promise<CleanAttachment | null> =>
  new AttachmentReadModel(manager).findClean(attachmentOfField(field) ?? '0');
