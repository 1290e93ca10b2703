import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ingestQueue, type ContactSubmissionV1 } from '@groundswell/contracts';
import { uuidV7 } from '@groundswell/crypto';
import { JobRunner } from '@groundswell/jobs';
import { objectStore, type ObjectStore } from '@groundswell/object-store';
import { Database } from '@groundswell/persistence';
import { startS3Server, waitFor, type S3Server } from '@groundswell/testing';
// The server is a test tool of the whole repository, and the tools have no package name to import them by.
/* eslint-disable @nx/enforce-module-boundaries -- see above */
import { AwsAiServer } from '../../../../tools/aws-ai-server/aws-ai-server';
export { awsError, awsThrottled } from '../../../../tools/aws-ai-server/aws-ai-server';
/* eslint-enable @nx/enforce-module-boundaries */
import { EnrichmentPlanner } from '../../src/enriching/enrichment-planner';
import { EnrichmentRequests } from '../../src/enriching/enrichment-requests';
import { partitionOf } from '../../src/storing/reference';
import { aContact, IngestFixture, type CampaignSettings, type OrgSettings, type Place } from './ingest-fixture';

export interface StoredEnrichment {
  id: number;
  kind: string;
  field: string;
  status: string;
  reason: string | null;
  detail: string | null;
  units: number | null;
  attempts: number;
  reserved: number;
  result: Record<string, unknown> | null;
}

const plenty = 1_000_000;
const bucket = 'media-bucket';

/** action-ingest with an account of the fake AWS and an object store. */
export class EnrichmentFixture {
  private constructor(
    readonly ingest: IngestFixture,
    readonly aws: AwsAiServer,
    readonly s3: S3Server,
    readonly app: NestFastifyApplication,
  ) {}

  static async create(): Promise<EnrichmentFixture> {
    const ingest = await IngestFixture.create();
    const aws = await new AwsAiServer().start();
    const s3 = await startS3Server({ dir: await mkdtemp(join(tmpdir(), 'groundswell-enrichment-')) });
    const app = await ingest.start({
      ...s3.env,
      ...aws.env,
      ENRICHMENT_MEDIA_BUCKET: bucket,
      ENRICHMENT_CALL_TIMEOUT_MS: '5000',
      ENRICHMENT_POLL_MS: '20',
      RETENTION_POLL_MS: '100',
    });
    return new EnrichmentFixture(ingest, aws, s3, app);
  }

  get store(): ObjectStore {
    const found = this.app.get<ObjectStore | null>(objectStore, { strict: false });
    if (!found) throw new Error('no object store');
    return found;
  }

  async close(): Promise<void> {
    await this.ingest.close();
    await this.aws.stop();
    await this.s3.stop({ discard: true });
  }

  /** An org whose campaign has these rules, and plenty of everything. */
  async place(rules: object[], campaign: CampaignSettings = {}, org: OrgSettings = {}, lead?: Place): Promise<Place> {
    const place = await this.ingest.place(org, campaign, lead);
    await this.sql(`update catalog.campaigns set config = jsonb_build_object('enrichment', $2::jsonb) where id = $1`, [
      place.campaignId,
      JSON.stringify(rules),
    ]);
    for (const kind of ['translate', 'sentiment', 'transcribe', 'label']) {
      await this.setQuota(place.leadId, kind, plenty);
    }
    return place;
  }

  async setQuota(orgId: number, kind: string, units: number): Promise<void> {
    await this.sql(
      `insert into actions.enrichment_quotas (org_id, kind, monthly_units) values ($1, $2, $3)
       on conflict (org_id, kind) do update set monthly_units = excluded.monthly_units`,
      [orgId, kind, units],
    );
  }

  /** A stored signature with this comment. */
  async signed(
    place: Place,
    comment?: string,
    change: Parameters<typeof aContact>[1] = {},
  ): Promise<ContactSubmissionV1> {
    const contact = aContact(place, { action: { fields: comment === undefined ? {} : { comment } }, ...change });
    await this.ingest.act(contact);
    return contact;
  }

  async actionId(submission: { id: string }): Promise<number> {
    return (await this.ingest.actionOf(submission)).id;
  }

  async of(submission: { id: string }): Promise<StoredEnrichment[]> {
    return this.sql<StoredEnrichment>(
      `select e.id::int, e.kind, e.field, e.status, e.reason, e.detail, e.units::int, e.attempts, e.reserved::int, e.result
         from actions.enrichments e join actions.submissions s on s.action_id = e.action_id
        where s.id = $1 order by e.id`,
      [submission.id],
    );
  }

  /** Its enrichments once so many are there and all have ended. Nobody waits for a backoff. */
  ended(submission: { id: string }, count = 1): Promise<StoredEnrichment[]> {
    return waitFor(async () => {
      await this.hurry();
      const found = await this.of(submission);
      const isOver = found.length === count && found.every(({ status }) => !['queued', 'submitted'].includes(status));
      return isOver ? found : undefined;
    });
  }

  async hurry(): Promise<void> {
    await this.sql(`update actions.jobs set due_at = now() where state = 'queued' and due_at > now()`);
    this.app.get(JobRunner, { strict: false }).wake();
  }

  /** No call is made meanwhile. */
  async pause(): Promise<void> {
    await this.sql(`insert into actions.job_pauses (type, paused_by) values ('enrich-action', 'test')`);
  }

  async resume(): Promise<void> {
    await this.sql('delete from actions.job_pauses');
    await this.hurry();
  }

  /** `before` happens when all is stored and no call was made yet, but for so many attempts. */
  async pauseAround<T>(store: () => Promise<T>, before: () => void, attempts = 0): Promise<T> {
    await this.pause();
    const stored = await store();
    before();
    await this.sql(`update actions.jobs set attempts = $1 where type = 'enrich-action' and state = 'queued'`, [
      attempts,
    ]);
    await this.resume();
    return stored;
  }

  /** Until no job of these is to be done. */
  async idle(): Promise<void> {
    await waitFor(async () => {
      await this.hurry();
      const rows = await this.sql(
        `select from actions.jobs where state in ('queued', 'running') and type in ('enrich-action', 'enrich-attachments', 'poll-transcription')`,
      );
      return rows.length === 0;
    });
  }

  async usage(orgId: number, kind: string): Promise<{ used: number; reserved: number }> {
    const [row] = await this.sql<{ used: number; reserved: number }>(
      'select used::int, reserved::int from actions.enrichment_usage where org_id = $1 and kind = $2',
      [orgId, kind],
    );
    return row ?? { used: 0, reserved: 0 };
  }

  /** A clean attachment, as the job that scans leaves it; the bytes are in the object store. */
  async attach(actionId: number, orgId: number, type: string, size = 40_000): Promise<{ id: number; key: string }> {
    const [objectId, key] = [randomUUID(), `attachments/${orgId}/${randomUUID()}`];
    const [row] = await this.sql<{ id: number }>(
      `insert into actions.attachments (action_id, org_id, object_id, name, type, size, state, key, sha256, ended_at)
       values ($1, $2, $3, 'a file', $4, $5, 'clean', $6, '\\x00', now()) returning id::int`,
      [actionId, orgId, objectId, type, size, key],
    );
    return { id: row?.id ?? 0, key };
  }

  /** As that job says it. */
  async tellClean(actionId: number, orgId: number): Promise<void> {
    const planner = this.app.get(EnrichmentPlanner, { strict: false });
    await this.app.get(Database).transaction((manager) => planner.addForAttachments(manager, [{ actionId, orgId }]));
  }

  retry(orgId: number, enrichmentId: number): Promise<{ outcome: string }> {
    const requests = this.app.get(EnrichmentRequests, { strict: false });
    const request = { schema: 'groundswell:request:1', id: randomUUID(), kind: 'retry_enrichment' } as const;
    return this.app
      .get(Database)
      .transaction((manager) => requests.retry(manager, { ...request, orgId, enrichmentId }));
  }

  /** As the gateway has it done: tombstone, then the command; waits for its receipt. */
  async erase(orgId: number, ref: string): Promise<void> {
    await this.sql('insert into catalog.erasures (org_id, ref) values ($1, $2)', [
      orgId,
      Buffer.from(ref, 'base64url'),
    ]);
    const command = {
      schema: 'groundswell:command:1' as const,
      id: uuidV7(),
      at: new Date().toISOString(),
      kind: 'erase_contact' as const,
      orgId,
      ref,
      erasedAt: new Date(Date.now() + 1_000).toISOString(),
    };
    await this.ingest.vhost.send(ingestQueue(partitionOf(ref)), [command], () => ({ messageId: command.id }));
    await waitFor(
      async () => (await this.sql('select from actions.erasure_receipts where id = $1', [command.id])).length === 1,
    );
  }

  /** As if the process that has the job in hand had died: another takes it, and what the first does is refused. */
  async loseJobs(): Promise<void> {
    await this.sql(
      `update actions.jobs set state = 'queued', locked_by = null, locked_until = null, fencing = fencing + 1
        where state = 'running' and type = 'enrich-action'`,
    );
  }

  async sql<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.ingest.sql.query<Row>(text, values)).rows;
  }
}
