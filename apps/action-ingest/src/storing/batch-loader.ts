import type { EntityManager } from 'typeorm';
import type { DonationV1, IngestMessageV1, MttV1, SourceV1 } from '@groundswell/contracts';
import { encodeRef } from '@groundswell/crypto';
import { byteaArray, int8Array, preparedQuery } from '@groundswell/persistence';
import {
  actionStatusFromCode,
  emailStatusFromCode,
  supporterStatusFromCode,
  type ClearCopy,
} from '@groundswell/domain';
import type { ActionState, SupporterState } from './batch-state';
import { bytesOf, partitionOf } from './reference';
import type { KnownSupporters, LoadedBatch } from './loaded-batch';
import { PeopleLoader } from './people-loader';

/**
 * Unlinked actions one batch takes up at most: anybody may send actions under a reference, and one contact that carries
 * it must not bring them all at once. The rest follows by commands (see ReferenceJoiner).
 */
const linkLimit = 2_000;

/** Reads what a batch needs, in a fixed number of statements whatever its size. Runs under the partitions' locks. */
export class BatchLoader {
  private readonly people = new PeopleLoader();

  constructor(private readonly orgOfPage: (pageId: number) => number | undefined) {}

  async load(manager: EntityManager, messages: IngestMessageV1[]): Promise<LoadedBatch> {
    const waiting = await this.waitingReferences(manager, messages);
    const held = new Set(messages.map(({ ref }) => partitionOf(ref)));
    const carriers = waiting.carriedRefs.filter(({ supporterRef }) => held.has(partitionOf(supporterRef)));
    const refs = new Set([...messages.map(({ ref }) => ref), ...carriers.map(({ supporterRef }) => supporterRef)]);
    const fingerprints = [...refs].map(bytesOf);
    const known = await this.people.known(manager, fingerprints);
    const unlinked = await this.unlinked(manager, messages, waiting.pendingLinks);
    const erasures = await this.people.erasures(manager, messages);
    const recent = known.length > 0 ? await this.people.recentSignatures(manager, messages, known) : [];
    const ids = await this.touchedSupporters(manager, messages, known, carriers);
    const supporters = await this.supporters(manager, ids, namedActions(messages));
    const counted = await this.people.counted(manager, known.length > 0 ? fingerprints : [], ids);
    return { known, counted, supporters, unlinked, erasures, recent, ...waiting };
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
    const rows = await this.readActions(
      manager,
      `(a.ref = any($1::bytea[]) or a.id = any($2::bigint[])) and a.supporter_id is null`,
      [byteaArray([...refs].map((ref) => Buffer.from(ref))), int8Array(actionIds)],
      true,
    );
    return rows.map((row) => this.actionOf(row, null));
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
      if (message.kind !== 'supporter_decision' && message.kind !== 'action_decision') continue;
      actionIds.push(message.actionId);
      if (message.decision === 'reject') rejecting.push(message.ref);
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
    const supporters = new Map<number, SupporterState>();
    if (ids.length === 0) return supporters;
    const rows: SupporterRow[] = await preparedQuery(
      manager,
      `select ${supporterColumns}, ${sourceColumns} from actions.supporters s
         left join actions.sources src on src.id = s.source_id where s.id = any($1::bigint[]) order by s.id`,
      [ids],
    );
    for (const row of rows) supporters.set(row.id, this.supporterOf(row));
    const contacts: ContactRow[] = await preparedQuery(
      manager,
      `select supporter_id, org_id, payload, crypto_nonce, public_key_id, sign_key_id, communication_consent,
              delivery_consent, inserted_at
         from actions.contacts where supporter_id = any($1::bigint[]) order by id`,
      [ids],
    );
    for (const row of contacts) {
      supporters.get(row.supporter_id)?.contacts.push({
        orgId: row.org_id,
        payload: row.payload,
        encoded: null,
        nonce: row.crypto_nonce,
        encryptKeyId: row.public_key_id,
        signKeyId: row.sign_key_id,
        communicationConsent: row.communication_consent,
        deliveryConsent: row.delivery_consent,
        givenAt: row.inserted_at,
      });
    }
    const actions = await this.readActions(
      manager,
      `a.supporter_id = any($1::bigint[]) and (a.processing_status in (0, 1, 3, 5) or a.id = any($2::bigint[]))`,
      [ids, named],
      false,
    );
    for (const row of actions) {
      const supporter = supporters.get(row.supporter_id ?? 0);
      if (supporter) supporter.actions.push(this.actionOf(row, supporter));
    }
    return supporters;
  }

  private readActions(
    manager: EntityManager,
    where: string,
    parameters: unknown[],
    locked: boolean,
  ): Promise<ActionRow[]> {
    return preparedQuery(
      manager,
      `select ${actionColumns}, ${sourceColumns},
              case when d.id is not null then json_build_object('schema', d.schema, 'payload', d.payload, 'amount', d.amount,
                'currency', d.currency, 'frequency_unit', d.frequency_unit) end as donation_row
         from actions.actions a
         left join actions.sources src on src.id = a.source_id
         left join actions.donations d on d.action_id = a.id
        where ${where} order by a.id ${locked ? `limit ${linkLimit} for update of a` : ''}`,
      parameters,
    );
  }

  private supporterOf(row: SupporterRow): SupporterState {
    return {
      id: row.id,
      isNew: false,
      isChanged: false,
      campaignId: row.campaign_id,
      pageId: row.action_page_id,
      orgId: this.orgOfPage(row.action_page_id) ?? 0,
      ref: encodeRef(row.fingerprint),
      partition: partitionOf(encodeRef(row.fingerprint)),
      source: row.source_row,
      firstName: row.first_name,
      lastName: row.last_name,
      email: row.email,
      address: row.address,
      area: row.area,
      status: supporterStatusFromCode(row.processing_status),
      emailStatus: emailStatusFromCode(row.email_status),
      emailStatusChangedAt: row.email_status_changed,
      rank: row.dupe_rank,
      clearAtDeliver: row.clear_at_deliver,
      acceptedAt: row.inserted_at,
      contacts: [],
      actions: [],
    };
  }

  private actionOf(row: ActionRow, supporter: SupporterState | null): ActionState {
    const status = actionStatusFromCode(row.processing_status);
    return {
      id: row.id,
      isNew: false,
      isChanged: false,
      supporter,
      ref: row.ref?.toString() ?? null,
      actionType: row.action_type,
      campaignId: row.campaign_id ?? 0,
      pageId: row.action_page_id,
      orgId: this.orgOfPage(row.action_page_id) ?? 0,
      source: row.source_row,
      withConsent: row.with_consent,
      fields: row.fields,
      testing: row.testing,
      noMail: row.no_mail,
      donation: row.donation_row && {
        schema: row.donation_row.schema,
        amount: row.donation_row.amount,
        currency: row.donation_row.currency,
        frequencyUnit: row.donation_row.frequency_unit,
        payload: row.donation_row.payload,
      },
      mtt: row.mtt,
      status,
      before: { action: status, supporter: supporter?.status ?? null },
      acceptedAt: row.inserted_at,
    };
  }
}

// Columns by name: a release that only adds one must not change what a prepared statement returns.
const supporterColumns = `s.id, s.campaign_id, s.action_page_id, s.fingerprint, s.first_name, s.last_name, s.email, s.address,
  s.area, s.processing_status, s.email_status, s.email_status_changed, s.dupe_rank, s.clear_at_deliver, s.inserted_at`;
const actionColumns = `a.id, a.ref, a.supporter_id, a.action_type, a.campaign_id, a.action_page_id, a.with_consent, a.fields,
  a.processing_status, a.testing, a.no_mail, a.mtt, a.inserted_at`;
const sourceColumns = `case when src.id is not null then json_build_object('source', src.source, 'medium', src.medium,
  'campaign', src.campaign, 'content', src.content, 'location', src.location) end as source_row`;

const namedActions = (messages: IngestMessageV1[]): number[] =>
  messages.flatMap((message) =>
    message.kind === 'supporter_decision' || message.kind === 'action_decision' ? [message.actionId] : [],
  );

interface SupporterRow {
  id: number;
  campaign_id: number;
  action_page_id: number;
  fingerprint: Buffer;
  first_name: string | null;
  last_name: string | null;
  email: string | null;
  address: string | null;
  area: string | null;
  processing_status: number;
  email_status: number;
  email_status_changed: Date | null;
  dupe_rank: number | null;
  clear_at_deliver: ClearCopy[];
  inserted_at: Date;
  source_row: SourceV1 | null;
}
interface ContactRow {
  supporter_id: number;
  org_id: number;
  payload: Buffer;
  crypto_nonce: Buffer | null;
  public_key_id: number | null;
  sign_key_id: number | null;
  communication_consent: boolean | null;
  delivery_consent: boolean;
  inserted_at: Date;
}
interface ActionRow {
  id: number;
  ref: Buffer | null;
  supporter_id: number | null;
  action_type: string;
  campaign_id: number | null;
  action_page_id: number;
  with_consent: boolean;
  fields: Record<string, unknown>;
  processing_status: number;
  testing: boolean;
  no_mail: boolean;
  mtt: MttV1 | null;
  inserted_at: Date;
  source_row: SourceV1 | null;
  donation_row: (Omit<DonationV1, 'frequencyUnit'> & { frequency_unit: number }) | null;
}
