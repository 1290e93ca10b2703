import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { exchanges, ingestKey, ingestQueue, partitionCount, type ContactSubmissionV1 } from '@groundswell/contracts';
import { uuidV7 } from '@groundswell/crypto';
import { done, type BatchItem } from '@groundswell/messaging';
import { seededRandom, waitFor } from '@groundswell/testing';
import { partitionOf } from '../../src/storing/reference';
import { StoreBatchHandler } from '../../src/storing/store-batch.handler';
import { aContact, anAction, IngestFixture, newRef, type Place } from './ingest-fixture';
import { startOverlapping, startTwo, stopDrained, stopReplicas } from './overlapping-replicas';

const delivered = 4;
const pairCount = 1_000;

describe('a share and the signature that carries its reference, at the same moment in two partitions', () => {
  let fixture: IngestFixture;
  let place: Place;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    place = await fixture.place();
  });
  afterAll(() => fixture.close());

  /** Their references lie in different partitions. */
  const aPair = () => {
    const ref = newRef();
    for (;;) {
      const carriedRef = randomBytes(16).toString('base64url');
      if (partitionOf(carriedRef) === partitionOf(ref)) continue;
      return { share: anAction(place, carriedRef), contact: aContact(place, { ref, carriedRef }) };
    }
  };

  it.each([
    ['looking for what is left apart every 300 ms', '300'],
    ['by the batches alone', '3600000'],
  ])('leave no share unlinked, two consumers %s', async (_, everyMs) => {
    await startOverlapping(fixture, { PROCESS_OLD_INTERVAL: everyMs });
    const pairs = Array.from({ length: pairCount }, aPair);
    const messages = pairs.flatMap(({ share, contact }) => [share, contact]);
    await fixture.send(...messages);
    const state = async () => {
      const { rows } = await fixture.sql.query<{ pairs: number; unlinked: number; delivered: number }>(
        `select count(*)::int as pairs, count(*) filter (where share.supporter_id is null)::int as unlinked,
                count(*) filter (where share.supporter_id = signature.supporter_id
                                   and share.processing_status = $3)::int as delivered
           from unnest($1::uuid[], $2::uuid[]) as n (share_id, contact_id)
           join actions.submissions us on us.id = n.share_id join actions.actions share on share.id = us.action_id
           join actions.submissions uc on uc.id = n.contact_id
           join actions.actions signature on signature.id = uc.action_id`,
        [pairs.map(({ share }) => share.id), pairs.map(({ contact }) => contact.id), delivered],
      );
      return rows[0];
    };
    await waitFor(async () => {
      const { pairs: stored, unlinked } = (await state()) ?? {};
      return stored === pairCount && unlinked === 0;
    }, 40_000).catch(() => undefined);
    await stopDrained(fixture, { PROCESS_OLD_INTERVAL: everyMs });
    expect(await state()).toEqual({ pairs: pairCount, unlinked: 0, delivered: pairCount });
  });
});

const batchCount = 32;
const batchSize = 50;
const rounds = 5;

describe('batches that share their sources', () => {
  let fixture: IngestFixture;
  let place: Place;
  let replicas: [NestFastifyApplication, NestFastifyApplication];

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    place = await fixture.place();
    // Each row takes so long that batches really insert their sources at the same time.
    await fixture.sql.query(
      `create function public.linger() returns trigger language plpgsql
         as $$ begin perform pg_sleep(0.01); return new; end $$;
       create trigger linger before insert on actions.sources for each row execute function public.linger()`,
    );
    const settings = { DATABASE_POOL_SIZE: String(batchCount / 2 + 8), PROCESS_OLD_INTERVAL: '3600000' };
    replicas = await startTwo(fixture, settings);
  });
  afterAll(() => fixture.close());

  const refIn = (partition: number): string => {
    for (;;) {
      const ref = newRef();
      if (partitionOf(ref) === partition) return ref;
    }
  };
  const envelopeOf = (message: ContactSubmissionV1): BatchItem<ContactSubmissionV1>['envelope'] => ({
    queue: ingestQueue(partitionOf(message.ref)),
    messageId: message.id,
    exchange: exchanges.ingest,
    routingKey: ingestKey(partitionOf(message.ref)),
    headers: {},
    orgId: undefined,
    trace: null,
    redelivered: false,
    type: message.schema,
    timestamp: undefined,
    receivedAt: new Date(),
    bytes: 0,
    replyTo: undefined,
    correlationId: undefined,
  });
  /** Signatures of some partitions, under five sources that no batch has met before. */
  const aBatch = (partitions: number[], round: string, random: () => number): BatchItem<ContactSubmissionV1>[] =>
    Array.from({ length: batchSize }, (_, index) => {
      const source = `${round}-${Math.floor(random() * 5)}`;
      const message = aContact(place, {
        ref: refIn(partitions[index % partitions.length] ?? 0),
        source: { source, medium: 'news', campaign: '', content: '', location: '' },
      });
      return { message, envelope: envelopeOf(message) };
    });
  const deadlocks = async (): Promise<number> => {
    const { rows } = await fixture.sql.query<{ n: number }>(
      'select deadlocks::int as n from pg_stat_database where datname = current_database()',
    );
    return rows[0]?.n ?? -1;
  };

  it.each([
    ['of one partition', 1],
    ['of two partitions', 2],
  ])('are stored side by side, each %s, without a deadlock', async (_, span) => {
    const random = seededRandom(batchCount + span);
    const sources: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const name = `round-${uuidV7()}`;
      const batches = Array.from({ length: batchCount }, (_batch, index) =>
        aBatch([index % partitionCount, Math.floor(random() * partitionCount)].slice(0, span), name, random),
      );
      const outcomes = await Promise.all(
        batches.map((items, index) =>
          replicas[index < partitionCount ? 0 : 1].get(StoreBatchHandler).handleBatch(items),
        ),
      );
      expect(outcomes.flat()).toEqual(Array.from({ length: batchCount * batchSize }, () => done()));
      sources.push(...Array.from({ length: 5 }, (_source, index) => `${name}-${index}`));
    }
    const { rows } = await fixture.sql.query<{ source: string; rows: number; n: number }>(
      `select src.source, count(distinct src.id)::int as rows, count(s.id)::int as n
         from actions.sources src join actions.supporters s on s.source_id = src.id
        where src.source = any($1) group by src.source order by 1`,
      [sources],
    );
    expect(rows).toEqual(sources.sort().map((source) => ({ source, rows: 1, n: expect.any(Number) })));
    expect(rows.reduce((sum, { n }) => sum + n, 0)).toBe(rounds * batchCount * batchSize);
  });

  it('have left none behind in the figures of Postgres', async () => {
    // A connection hands in its last figures when it ends.
    await stopReplicas(fixture);
    expect(await deadlocks()).toBe(0);
  });
});
