import type { EntityManager } from 'typeorm';
import type { IngestMessageV1 } from '@groundswell/contracts';
import { encodeRef } from '@groundswell/crypto';
import { byteaArray, int8Array, preparedQuery } from '@groundswell/persistence';
import type { CountedSupporter, KnownSupporters, LoadedBatch, RecentSignature } from './loaded-batch';
import { bytesOf } from './reference';
import { repeatWithinMs } from './repeat-rule';

/** Reads what is known of the people of a batch, by fingerprint: earlier signatures, what of theirs counts, erasures. */
export class PeopleLoader {
  async known(manager: EntityManager, fingerprints: Buffer[]): Promise<KnownSupporters[]> {
    const rows: {
      fingerprint: Buffer;
      campaign_id: number;
      action_page_id: number;
      latest_id: number;
      accepted: number;
    }[] = await preparedQuery(
      manager,
      `select fingerprint, campaign_id, action_page_id, max(id) as latest_id,
                count(*) filter (where processing_status = 3)::int as accepted
           from actions.supporters where fingerprint = any($1::bytea[])
          group by fingerprint, campaign_id, action_page_id`,
      [byteaArray(fingerprints)],
    );
    return rows.map((row) => ({
      ref: encodeRef(row.fingerprint),
      campaignId: row.campaign_id,
      pageId: row.action_page_id,
      latestId: row.latest_id,
      accepted: row.accepted,
    }));
  }

  async counted(manager: EntityManager, fingerprints: Buffer[], ids: number[]): Promise<CountedSupporter[]> {
    if (fingerprints.length === 0 && ids.length === 0) return [];
    const rows: {
      fingerprint: Buffer;
      id: number;
      area: string | null;
      counted: boolean;
      page_id: number | null;
      count: number;
    }[] = await preparedQuery(
      manager,
      `with wanted as (
         select id from actions.supporters
          where fingerprint = any($1::bytea[]) and processing_status = 3 and dupe_rank = 0
         union
         select unnest($2::bigint[]))
       select s.fingerprint, s.id, s.area, (s.processing_status = 3 and s.dupe_rank = 0) as counted,
              a.action_page_id as page_id, count(a.id)::int as count
         from wanted
         join actions.supporters s on s.id = wanted.id
         left join actions.actions a
           on a.supporter_id = s.id and a.processing_status in (3, 4) and not a.testing
        group by s.id, a.action_page_id`,
      [byteaArray(fingerprints), int8Array(ids)],
    );
    const supporters = new Map<number, CountedSupporter>();
    for (const row of rows) {
      const supporter = supporters.get(row.id) ?? {
        ref: encodeRef(row.fingerprint),
        supporterId: row.id,
        isCounted: row.counted,
        area: row.area,
        actions: [],
      };
      // Without an action that counts yet, it still says whether its next one will.
      if (row.page_id !== null) supporter.actions.push([row.page_id, row.count]);
      supporters.set(row.id, supporter);
    }
    return [...supporters.values()];
  }

  async erasures(manager: EntityManager, messages: IngestMessageV1[]): Promise<LoadedBatch['erasures']> {
    const refs = messages.flatMap((message) => (isErasable(message) ? [bytesOf(message.ref)] : []));
    if (refs.length === 0) return [];
    const rows = await preparedQuery<{ org_id: number; ref: Buffer; erased_at: Date }>(
      manager,
      'select org_id, ref, erased_at from catalog.erasures where ref = any($1::bytea[])',
      [byteaArray(refs)],
    );
    return rows.map((row) => ({ orgId: row.org_id, ref: encodeRef(row.ref), erasedAt: row.erased_at }));
  }

  /** By accept time, counted from the oldest signature of the batch. */
  async recentSignatures(
    manager: EntityManager,
    messages: IngestMessageV1[],
    known: KnownSupporters[],
    withLookups: boolean,
  ): Promise<RecentSignature[]> {
    const contacts = messages.filter((message) => message.kind === 'contact');
    if (contacts.length === 0) return [];
    const oldest = Math.min(...contacts.map(({ acceptedAt }) => Date.parse(acceptedAt)));
    const rows = await preparedQuery<RecentRow>(
      manager,
      `select s.fingerprint, a.action_page_id, a.action_type, a.fields, a.inserted_at, a.no_mail,
              s.processing_status in (0, 1) as unconfirmed, ${withLookups ? 'l.submitted_digest' : 'null::bytea'} as digest
         from actions.supporters s join actions.actions a on a.supporter_id = s.id
         ${withLookups ? 'left join actions.detail_lookups l on l.action_id = a.id' : ''}
        where s.fingerprint = any($1::bytea[]) and s.inserted_at >= $2 and a.with_consent`,
      [byteaArray([...new Set(known.map(({ ref }) => ref))].map(bytesOf)), new Date(oldest - repeatWithinMs)],
    );
    return rows.map((row) => ({
      ref: encodeRef(row.fingerprint),
      pageId: row.action_page_id,
      actionType: row.action_type,
      fields: row.fields,
      acceptedAt: row.inserted_at,
      isUnconfirmed: row.unconfirmed,
      noMail: row.no_mail,
      submittedDigest: row.digest,
    }));
  }
}

/** What may hold something of a person that an org had erased. */
const isErasable = ({ kind }: IngestMessageV1): boolean => kind === 'contact' || kind === 'detail_result';

interface RecentRow {
  fingerprint: Buffer;
  action_page_id: number;
  action_type: string;
  fields: Record<string, unknown>;
  inserted_at: Date;
  no_mail: boolean;
  unconfirmed: boolean;
  digest: Buffer | null;
}
