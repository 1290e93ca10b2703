import type { EntityManager } from 'typeorm';
import type { IngestMessageV1 } from '@groundswell/contracts';
import { encodeRef } from '@groundswell/crypto';
import { byteaArray, int8Array, preparedQuery } from '@groundswell/persistence';
import type { ActionState, SupporterState } from './batch-state';
import { bytesOf, partitionOf } from './reference';
import type { KnownSupporters, LoadedBatch } from './loaded-batch';
import { knownLookups } from '../details/detail-lookup.repository';
import { PeopleLoader } from './people-loader';
import { StateReader } from './state-reader';

/**
 * Unlinked actions one batch takes up at most: anybody may send actions under a reference, and one contact that carries
 * it must not bring them all at once. The rest follows by commands (see ReferenceJoiner).
 */
const linkLimit = 2_000;

/** Reads what a batch needs, in a fixed number of statements whatever its size. Runs under the partitions' locks. */
export class BatchLoader {
  private readonly people = new PeopleLoader();
  private readonly states: StateReader;

  constructor(
    orgOfPage: (pageId: number) => number | undefined,
    private readonly usesLookups: () => boolean = () => false,
  ) {
    this.states = new StateReader(orgOfPage);
  }

  async load(manager: EntityManager, messages: IngestMessageV1[]): Promise<LoadedBatch> {
    const waiting = await this.waitingReferences(manager, messages);
    const held = new Set(messages.map(({ ref }) => partitionOf(ref)));
    const carriers = waiting.carriedRefs.filter(({ supporterRef }) => held.has(partitionOf(supporterRef)));
    const refs = new Set([...messages.map(({ ref }) => ref), ...carriers.map(({ supporterRef }) => supporterRef)]);
    const fingerprints = [...refs].map(bytesOf);
    const known = await this.people.known(manager, fingerprints);
    const unlinked = await this.unlinked(manager, messages, waiting.pendingLinks);
    const erasures = await this.people.erasures(manager, messages);
    const usesLookups = this.usesLookups();
    const recent = known.length > 0 ? await this.people.recentSignatures(manager, messages, known, usesLookups) : [];
    const ids = await this.touchedSupporters(manager, messages, known, carriers);
    const supporters = await this.supporters(manager, ids, namedActions(messages));
    const counted = await this.people.counted(manager, known.length > 0 ? fingerprints : [], ids);
    const isAsked = usesLookups || messages.some(({ kind }) => kind === 'detail_result');
    const lookups = await knownLookups(manager, isAsked ? [...supporters.values()] : []);
    return { known, counted, supporters, unlinked, erasures, recent, lookups, ...waiting };
  }

  /** References that contacts carried, for actions of the batch; links that waited, for contacts of the batch. */
  private async waitingReferences(
    manager: EntityManager,
    messages: IngestMessageV1[],
  ): Promise<Pick<LoadedBatch, 'carriedRefs' | 'pendingLinks'>> {
    const actions = messages.filter((message) => message.kind === 'action');
    const contacts = messages.filter((message) => message.kind === 'contact');
    const rows: {
      kind: 'carried' | 'pending';
      org_id: number;
      ref: Buffer;
      supporter_id: number | null;
      other: Buffer;
    }[] = await preparedQuery(
      manager,
      `select 'carried' as kind, r.org_id, r.ref, r.supporter_id, s.fingerprint as other
           from unnest($1::bigint[], $2::bytea[]) as wanted (org_id, ref)
           join actions.supporter_refs r using (org_id, ref)
           join actions.supporters s on s.id = r.supporter_id
         union all
         select 'pending', p.org_id, p.ref, null, p.contact_ref
           from unnest($3::bigint[], $4::bytea[]) as wanted (org_id, contact_ref)
           join actions.pending_links p using (org_id, contact_ref)`,
      [
        actions.map(({ orgId }) => orgId),
        actions.map(({ ref }) => Buffer.from(ref)),
        contacts.map(({ orgId }) => orgId),
        contacts.map(({ ref }) => Buffer.from(ref)),
      ],
    );
    return {
      carriedRefs: rows
        .filter(({ kind }) => kind === 'carried')
        .map((row) => ({
          orgId: row.org_id,
          ref: row.ref.toString(),
          supporterId: row.supporter_id ?? 0,
          supporterRef: encodeRef(row.other),
        })),
      pendingLinks: rows
        .filter(({ kind }) => kind === 'pending')
        .map((row) => ({ orgId: row.org_id, contactRef: row.other.toString(), ref: row.ref.toString() })),
    };
  }

  /** Locks what it finds: another partition may be about to link the same action. */
  private async unlinked(
    manager: EntityManager,
    messages: IngestMessageV1[],
    pending: LoadedBatch['pendingLinks'],
  ): Promise<ActionState[]> {
    const refs = new Set(pending.map(({ ref }) => ref));
    const actionIds: number[] = [];
    for (const message of messages) {
      if (message.kind === 'contact') {
        refs.add(message.ref);
        if (message.carriedRef !== null) refs.add(message.carriedRef);
      } else if (message.kind === 'link') {
        for (const ref of message.linkRefs) refs.add(ref);
      } else if (message.kind === 'link_actions') {
        actionIds.push(...message.actionIds);
      }
    }
    if (refs.size === 0 && actionIds.length === 0) return [];
    const rows = await this.states.actionRows(
      manager,
      `(a.ref = any($1::bytea[]) or a.id = any($2::bigint[])) and a.supporter_id is null`,
      [byteaArray([...refs].map((ref) => Buffer.from(ref))), int8Array(actionIds)],
      `limit ${linkLimit} for update of a`,
    );
    return rows.map((row) => this.states.actionOf(row, null));
  }

  /** Ids of supporters that some message will change. */
  private async touchedSupporters(
    manager: EntityManager,
    messages: IngestMessageV1[],
    known: KnownSupporters[],
    carriers: LoadedBatch['carriedRefs'],
  ): Promise<number[]> {
    const ids = new Set<number>();
    const joining = new Set<string>();
    const rejecting: string[] = [];
    const actionIds: number[] = [];
    for (const message of messages) {
      if (message.kind === 'action' || message.kind === 'link') joining.add(message.ref);
      if (message.kind === 'link_actions') ids.add(message.supporterId);
      if (!namesAction(message)) continue;
      actionIds.push(message.actionId);
      if (mayReject(message)) rejecting.push(message.ref);
    }
    for (const { ref, latestId } of known) if (joining.has(ref)) ids.add(latestId);
    for (const { supporterId } of carriers) ids.add(supporterId);
    if (actionIds.length > 0) {
      const rows: { id: number }[] = await preparedQuery(
        manager,
        `select distinct supporter_id as id from actions.actions
          where id = any($1::bigint[]) and supporter_id is not null
         union
         select id from (
           select id, row_number() over (partition by fingerprint, campaign_id order by id) as place
             from actions.supporters where fingerprint = any($2::bytea[]) and processing_status = 3) accepted
          where place <= $3`,
        [actionIds, rejecting.map(bytesOf), rejecting.length + 1],
      );
      for (const { id } of rows) ids.add(id);
    }
    return [...ids];
  }

  private async supporters(
    manager: EntityManager,
    ids: number[],
    named: number[],
  ): Promise<Map<number, SupporterState>> {
    const supporters = await this.states.supporters(manager, ids);
    if (supporters.size === 0) return supporters;
    const actions = await this.states.actionRows(
      manager,
      `a.supporter_id = any($1::bigint[]) and (a.processing_status in (0, 1, 3, 5) or a.id = any($2::bigint[]))`,
      [ids, named],
    );
    for (const row of actions) {
      const supporter = supporters.get(row.supporter_id ?? 0);
      if (supporter) supporter.actions.push(this.states.actionOf(row, supporter));
    }
    return supporters;
  }
}

type Naming = Extract<IngestMessageV1, { actionId: number }>;

const namesAction = (message: IngestMessageV1): message is Naming => 'actionId' in message;

const namedActions = (messages: IngestMessageV1[]): number[] =>
  messages.flatMap((message) => (namesAction(message) ? [message.actionId] : []));

function mayReject(message: Naming): boolean {
  switch (message.kind) {
    case 'supporter_decision':
    case 'action_decision':
      return message.decision === 'reject';
    case 'email_event':
      return true;
    case 'remind_supporter':
    case 'detail_result':
      return false;
  }
}
