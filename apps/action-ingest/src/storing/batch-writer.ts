import type { EntityManager } from 'typeorm';
import { actionStatusCode, emailStatusCode, supporterStatusCode } from '@groundswell/domain';
import {
  boolArray,
  byteaArray,
  int2Array,
  int4Array,
  int8Array,
  textArray,
  timestamptzArray,
  preparedQuery,
} from '@groundswell/persistence';
import type { ActionState, SupporterState } from './batch-state';
import type { LinkRow, PendingLinkRow } from './batch-processor';
import type { ActionConfirmRow } from './emission';
import { bytesOf } from './reference';
import type { SourceRepository } from './source.repository';

/** What a batch changed, as the processor left it. */
export interface BatchChanges {
  supporters: SupporterState[];
  actions: ActionState[];
  links: LinkRow[];
  pendingLinks: PendingLinkRow[];
  settledLinks: PendingLinkRow[];
  actionConfirms: ActionConfirmRow[];
}

const bytes = (ref: string): Buffer => Buffer.from(ref);

/** Writes a batch: one statement per table, whatever its size. */
export class BatchWriter {
  constructor(private readonly sources: SourceRepository) {}

  /** Returns the source ids used, to be remembered after commit. */
  async write(manager: EntityManager, changes: BatchChanges): Promise<Map<string, number>> {
    const newSupporters = changes.supporters.filter(({ isNew }) => isNew);
    const newActions = changes.actions.filter(({ isNew }) => isNew);
    const sources = await this.sources.resolve(
      manager,
      [...newSupporters, ...newActions].flatMap(({ source }) => source ?? []),
    );
    await this.updateSupporters(manager, changes.supporters);
    await this.insertSupporters(manager, newSupporters, sources);
    await this.insertContacts(manager, newSupporters);
    await this.updateConsents(manager, changes.supporters);
    await this.insertActions(manager, newActions, sources);
    await this.updateActions(manager, changes.actions);
    await this.insertDonations(manager, newActions);
    await this.insertMessages(manager, changes.actions);
    await this.writeReferences(manager, changes);
    await this.insertActionConfirms(manager, changes.actionConfirms);
    return sources;
  }

  /** Those that lose rank 0 go first: the unique index is checked row by row. */
  private async updateSupporters(manager: EntityManager, supporters: SupporterState[]): Promise<void> {
    const changed = supporters.filter(({ isNew, isChanged }) => isChanged && !isNew);
    const leaving = changed.filter(({ status }) => status === 'rejected');
    const staying = changed.filter(({ status }) => status !== 'rejected');
    for (const group of [leaving, staying]) {
      if (group.length === 0) continue;
      await preparedQuery(
        manager,
        `update actions.supporters s
            set processing_status = u.status, email_status = u.email_status,
                email_status_changed = u.email_status_changed, dupe_rank = u.rank, first_name = u.first_name,
                last_name = u.last_name, email = u.email, address = u.address, updated_at = now()
           from unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::timestamptz[], $5::int[], $6::text[],
                       $7::text[], $8::text[], $9::text[])
                as u (id, status, email_status, email_status_changed, rank, first_name, last_name, email, address)
          where s.id = u.id`,
        [
          int8Array(group.map(({ id }) => id)),
          int2Array(group.map(({ status }) => supporterStatusCode(status))),
          int2Array(group.map(({ emailStatus }) => emailStatusCode(emailStatus))),
          timestamptzArray(group.map(({ emailStatusChangedAt }) => emailStatusChangedAt)),
          int4Array(group.map(({ rank }) => rank)),
          textArray(group.map(({ firstName }) => firstName)),
          textArray(group.map(({ lastName }) => lastName)),
          textArray(group.map(({ email }) => email)),
          textArray(group.map(({ address }) => address)),
        ],
      );
    }
  }

  private async insertSupporters(
    manager: EntityManager,
    supporters: SupporterState[],
    sources: Map<string, number>,
  ): Promise<void> {
    if (supporters.length === 0) return;
    await preparedQuery(
      manager,
      `insert into actions.supporters
         (id, campaign_id, action_page_id, source_id, fingerprint, first_name, last_name, email, address, area,
          processing_status, email_status, email_status_changed, dupe_rank, clear_at_deliver, inserted_at, recipe)
       select id, campaign_id, action_page_id, source_id, fingerprint, first_name, last_name, email, address, area,
              status, email_status, email_status_changed, rank, string_to_array(clear_at_deliver, ','), accepted_at, recipe
         from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[], $6::text[], $7::text[],
                     $8::text[], $9::text[], $10::text[], $11::smallint[], $12::smallint[], $13::timestamptz[],
                     $14::int[], $15::text[], $16::timestamptz[], $17::text[])
              as n (id, campaign_id, action_page_id, source_id, fingerprint, first_name, last_name, email, address,
                    area, status, email_status, email_status_changed, rank, clear_at_deliver, accepted_at, recipe)`,
      [
        int8Array(supporters.map(({ id }) => id)),
        int8Array(supporters.map(({ campaignId }) => campaignId)),
        int8Array(supporters.map(({ pageId }) => pageId)),
        int8Array(supporters.map(({ source }) => this.sources.idOf(sources, source))),
        byteaArray(supporters.map(({ ref }) => bytesOf(ref))),
        textArray(supporters.map(({ firstName }) => firstName)),
        textArray(supporters.map(({ lastName }) => lastName)),
        textArray(supporters.map(({ email }) => email)),
        textArray(supporters.map(({ address }) => address)),
        textArray(supporters.map(({ area }) => area)),
        int2Array(supporters.map(({ status }) => supporterStatusCode(status))),
        int2Array(supporters.map(({ emailStatus }) => emailStatusCode(emailStatus))),
        timestamptzArray(supporters.map(({ emailStatusChangedAt }) => emailStatusChangedAt)),
        int4Array(supporters.map(({ rank }) => rank)),
        textArray(supporters.map(({ clearAtDeliver }) => clearAtDeliver.join(','))),
        timestamptzArray(supporters.map(({ acceptedAt }) => acceptedAt)),
        textArray(supporters.map(({ recipe }) => recipe ?? null)),
      ],
    );
  }

  private async insertContacts(manager: EntityManager, supporters: SupporterState[]): Promise<void> {
    const rows = supporters.flatMap(({ id, contacts }) => contacts.map((contact) => ({ supporterId: id, ...contact })));
    if (rows.length === 0) return;
    await preparedQuery(
      manager,
      `insert into actions.contacts
         (supporter_id, org_id, payload, crypto_nonce, public_key_id, sign_key_id, communication_consent,
          communication_scopes, delivery_consent, inserted_at)
       select supporter_id, org_id, payload, nonce, public_key_id, sign_key_id, communication_consent, '{email}',
              delivery_consent, given_at
         from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bigint[], $6::bigint[], $7::boolean[],
                     $8::boolean[], $9::timestamptz[])
              as n (supporter_id, org_id, payload, nonce, public_key_id, sign_key_id, communication_consent,
                    delivery_consent, given_at)`,
      [
        int8Array(rows.map(({ supporterId }) => supporterId)),
        int8Array(rows.map(({ orgId }) => orgId)),
        byteaArray(rows.map(({ payload }) => payload)),
        byteaArray(rows.map(({ nonce }) => nonce)),
        int8Array(rows.map(({ encryptKeyId }) => encryptKeyId)),
        int8Array(rows.map(({ signKeyId }) => signKeyId)),
        boolArray(rows.map(({ communicationConsent }) => communicationConsent)),
        boolArray(rows.map(({ deliveryConsent }) => deliveryConsent)),
        timestamptzArray(rows.map(({ givenAt }) => givenAt)),
      ],
    );
  }

  /** What a look-up of details changes of a stored record. */
  private async updateConsents(manager: EntityManager, supporters: SupporterState[]): Promise<void> {
    const rows = supporters.flatMap(({ id, isNew, contacts }) =>
      isNew ? [] : contacts.flatMap((contact) => (contact.isChanged ? [{ supporterId: id, ...contact }] : [])),
    );
    if (rows.length === 0) return;
    await preparedQuery(
      manager,
      `update actions.contacts c
          set communication_consent = u.consent, inserted_at = u.given_at, updated_at = now()
         from unnest($1::bigint[], $2::bigint[], $3::boolean[], $4::timestamptz[])
              as u (supporter_id, org_id, consent, given_at)
        where c.supporter_id = u.supporter_id and c.org_id = u.org_id`,
      [
        int8Array(rows.map(({ supporterId }) => supporterId)),
        int8Array(rows.map(({ orgId }) => orgId)),
        boolArray(rows.map(({ communicationConsent }) => communicationConsent)),
        timestamptzArray(rows.map(({ givenAt }) => givenAt)),
      ],
    );
  }

  private async insertActions(
    manager: EntityManager,
    actions: ActionState[],
    sources: Map<string, number>,
  ): Promise<void> {
    if (actions.length === 0) return;
    await preparedQuery(
      manager,
      `insert into actions.actions
         (id, ref, supporter_id, action_type, campaign_id, action_page_id, source_id, with_consent, fields,
          processing_status, testing, no_mail, mtt, inserted_at)
       select id, ref, supporter_id, action_type, campaign_id, action_page_id, source_id, with_consent, fields::jsonb,
              status, testing, no_mail, mtt::jsonb, accepted_at
         from unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
                     $8::boolean[], $9::text[], $10::smallint[], $11::boolean[], $12::boolean[], $13::text[],
                     $14::timestamptz[])
              as n (id, ref, supporter_id, action_type, campaign_id, action_page_id, source_id, with_consent, fields,
                    status, testing, no_mail, mtt, accepted_at)`,
      [
        int8Array(actions.map(({ id }) => id)),
        byteaArray(actions.map(({ ref }) => (ref === null ? null : bytes(ref)))),
        int8Array(actions.map(({ supporter }) => supporter?.id ?? null)),
        textArray(actions.map(({ actionType }) => actionType)),
        int8Array(actions.map(({ campaignId }) => campaignId)),
        int8Array(actions.map(({ pageId }) => pageId)),
        int8Array(actions.map(({ source }) => this.sources.idOf(sources, source))),
        boolArray(actions.map(({ withConsent }) => withConsent)),
        textArray(actions.map(({ fields }) => JSON.stringify(fields))),
        int2Array(actions.map(({ status }) => actionStatusCode(status))),
        boolArray(actions.map(({ testing }) => testing)),
        boolArray(actions.map(({ noMail }) => noMail)),
        textArray(actions.map(({ supporter, mtt }) => (supporter || !mtt ? null : JSON.stringify(mtt)))),
        timestamptzArray(actions.map(({ acceptedAt }) => acceptedAt)),
      ],
    );
  }

  private async updateActions(manager: EntityManager, actions: ActionState[]): Promise<void> {
    const changed = actions.filter(({ isNew, isChanged }) => isChanged && !isNew);
    if (changed.length === 0) return;
    await preparedQuery(
      manager,
      `update actions.actions a
          set processing_status = u.status, supporter_id = u.supporter_id,
              ref = case when u.supporter_id is null then a.ref end,
              mtt = case when u.supporter_id is null then a.mtt end, fields = u.fields::jsonb, updated_at = now()
         from unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::text[]) as u (id, status, supporter_id, fields)
        where a.id = u.id`,
      [
        int8Array(changed.map(({ id }) => id)),
        int2Array(changed.map(({ status }) => actionStatusCode(status))),
        int8Array(changed.map(({ supporter }) => supporter?.id ?? null)),
        textArray(changed.map(({ fields }) => JSON.stringify(fields))),
      ],
    );
  }

  private async insertDonations(manager: EntityManager, actions: ActionState[]): Promise<void> {
    const rows = actions.flatMap(({ id, donation }) => (donation ? [{ actionId: id, ...donation }] : []));
    if (rows.length === 0) return;
    await preparedQuery(
      manager,
      `insert into actions.donations (action_id, schema, payload, amount, currency, frequency_unit)
       select action_id, schema, payload::jsonb, amount, currency, frequency_unit
         from unnest($1::bigint[], $2::smallint[], $3::text[], $4::int[], $5::text[], $6::smallint[])
              as n (action_id, schema, payload, amount, currency, frequency_unit)`,
      [
        int8Array(rows.map(({ actionId }) => actionId)),
        int2Array(rows.map(({ schema }) => schema)),
        textArray(rows.map(({ payload }) => JSON.stringify(payload))),
        int4Array(rows.map(({ amount }) => amount)),
        textArray(rows.map(({ currency }) => currency)),
        int2Array(rows.map(({ frequencyUnit }) => frequencyUnit)),
      ],
    );
  }

  /** Mails to targets, made once the supporter is known: for a new action at once, for a linked one now. */
  private async insertMessages(manager: EntityManager, actions: ActionState[]): Promise<void> {
    const rows = actions.filter(
      ({ supporter, mtt, isNew, before }) => supporter && mtt && (isNew || before?.supporter === null),
    );
    if (rows.length === 0) return;
    await preparedQuery(
      manager,
      `with given as (
         select action_id, mtt::jsonb as mtt, nextval('actions.message_contents_id_seq') as content_id
           from unnest($1::bigint[], $2::text[]) as n (action_id, mtt)),
       contents as (
         insert into actions.message_contents (id, subject, body)
         select content_id, mtt->>'subject', mtt->>'body' from given)
       insert into actions.messages (action_id, message_content_id, target_id, files)
       select action_id, content_id, target::uuid, array(select jsonb_array_elements_text(mtt->'files'))
         from given, jsonb_array_elements_text(mtt->'targetIds') as target`,
      [int8Array(rows.map(({ id }) => id)), textArray(rows.map(({ mtt }) => JSON.stringify(mtt)))],
    );
  }

  private async writeReferences(manager: EntityManager, changes: BatchChanges): Promise<void> {
    const { links, pendingLinks, settledLinks } = changes;
    if (links.length > 0) {
      await preparedQuery(
        manager,
        `insert into actions.supporter_refs (org_id, ref, supporter_id)
         select * from unnest($1::bigint[], $2::bytea[], $3::bigint[]) on conflict do nothing`,
        [
          int8Array(links.map(({ orgId }) => orgId)),
          byteaArray(links.map(({ ref }) => bytes(ref))),
          int8Array(links.map((link) => link.supporterId)),
        ],
      );
    }
    const triples = (rows: PendingLinkRow[]) => [
      int8Array(rows.map(({ orgId }) => orgId)),
      byteaArray(rows.map(({ contactRef }) => bytes(contactRef))),
      byteaArray(rows.map(({ ref }) => bytes(ref))),
    ];
    if (pendingLinks.length > 0) {
      await preparedQuery(
        manager,
        `insert into actions.pending_links (org_id, contact_ref, ref)
         select * from unnest($1::bigint[], $2::bytea[], $3::bytea[]) on conflict do nothing`,
        triples(pendingLinks),
      );
    }
    if (settledLinks.length > 0) {
      await preparedQuery(
        manager,
        `delete from actions.pending_links p
          using unnest($1::bigint[], $2::bytea[], $3::bytea[]) as s (org_id, contact_ref, ref)
          where p.org_id = s.org_id and p.contact_ref = s.contact_ref and p.ref = s.ref`,
        triples(settledLinks),
      );
    }
  }

  private async insertActionConfirms(manager: EntityManager, rows: ActionConfirmRow[]): Promise<void> {
    if (rows.length === 0) return;
    await preparedQuery(
      manager,
      `insert into actions.action_confirms (action_id, code)
       select * from unnest($1::bigint[], $2::text[]) on conflict (action_id) do nothing`,
      [int8Array(rows.map(({ actionId }) => actionId)), textArray(rows.map(({ code }) => code))],
    );
  }
}
