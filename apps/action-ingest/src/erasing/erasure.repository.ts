import type { EntityManager } from 'typeorm';
import { ingestQueue, withoutErased, type ErasureScope } from '@groundswell/contracts';
import { preparedQuery } from '@groundswell/persistence';
import { AttachmentRepository } from '../attachments/attachment.repository';
import { EnrichmentRemover } from '../enriching/enrichment-remover';
import { bytesOf, partitionOf } from '../storing/reference';

/** What one erasure found in schema actions, as its receipt tells it. */
export interface ErasureCounts {
  /** Contact records of the org. */
  contacts: number;
  /** Supporters whose clear copies went. */
  supporters: number;
  /** Files that had come with actions; their objects go within minutes. */
  attachments: number;
  /** Messages that waited to be published. */
  outbox: number;
  /** Parked messages that held something for the org. */
  parked: number;
  /** Messages to the org that had left before. */
  messagesSent: number;
  /** Messages that were being published at this moment: gone from here, perhaps sent. */
  messagesLeaving: number;
}

/** Removes what an org holds of one person from schema actions. All in the caller's transaction, under the lock of the
 *  person's partition, so that no batch writes it anew meanwhile. */
export class ErasureRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Of these commands, those that were carried out already. */
  async known(ids: string[]): Promise<Set<string>> {
    const rows = await preparedQuery<{ id: string }>(
      this.manager,
      'select id from actions.erasure_receipts where id = any($1::uuid[])',
      [ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  async erase(scope: ErasureScope): Promise<ErasureCounts> {
    const messagesSent = await this.countSent(scope);
    const contacts = await this.deleteContacts(scope);
    const supporters = await this.clearCopies(scope);
    await new EnrichmentRemover(this.manager).ofPerson(bytesOf(scope.ref), scope.erasedAt);
    const attachments = await this.removeAttachments(scope);
    await this.cancelFollowUps(scope);
    await this.forgetVolunteer(scope);
    const { outbox, messagesLeaving } = await this.deleteOutbox(scope);
    const parked = await this.stripParked(scope);
    return { contacts, supporters, attachments, outbox, parked, messagesSent, messagesLeaving };
  }

  private async removeAttachments({ ref, erasedAt, orgId }: ErasureScope): Promise<number> {
    const files = new AttachmentRepository(this.manager);
    const ofPerson = await files.removeOfPerson(bytesOf(ref), erasedAt, orgId);
    return ofPerson + (await files.removeOfWaiting(ref, erasedAt, orgId));
  }

  async noteReceipt(id: string, counts: ErasureCounts): Promise<void> {
    await preparedQuery(
      this.manager,
      'insert into actions.erasure_receipts (id, counts) values ($1, $2) on conflict do nothing',
      [id, JSON.stringify(counts)],
    );
  }

  private async deleteContacts(scope: ErasureScope): Promise<number> {
    const gone = await preparedQuery(
      this.manager,
      `delete from actions.contacts c using actions.supporters s
        where s.id = c.supporter_id and s.fingerprint = $1 and s.inserted_at < $2 and c.org_id = $3
        returning c.id`,
      parametersOf(scope),
    );
    return gone.length;
  }

  /** Those of accepted supporters in campaigns the org leads; and any the org knows of whom nobody has a record left. */
  private async clearCopies(scope: ErasureScope): Promise<number> {
    const cleared = await preparedQuery(
      this.manager,
      `update actions.supporters s
          set first_name = null, last_name = null, email = null, address = null, updated_at = now()
         from catalog.action_pages p left join catalog.campaigns g on g.id = p.campaign_id
        where p.id = s.action_page_id and s.fingerprint = $1 and s.inserted_at < $2
          and (g.org_id = $3 or p.org_id = $3)
          and ((g.org_id = $3 and s.processing_status = 3)
               or not exists (select from actions.contacts c where c.supporter_id = s.id))
          and coalesce(s.first_name, s.last_name, s.email, s.address) is not null
        returning s.id`,
      parametersOf(scope),
    );
    return cleared.length;
  }

  /** Nobody calls a person whose contact went; what is canceled names no volunteer either. */
  private async cancelFollowUps(scope: ErasureScope): Promise<void> {
    await preparedQuery(
      this.manager,
      `update actions.followup_items i
          set state = 'canceled', closed_at = now(), updated_at = now(), volunteer_email = null, volunteer_ref = null
        where i.org_id = $3 and i.state = 'open' and i.kind <> 0 and i.id in (
          select o.id from actions.supporters s join actions.followup_items o on o.supporter_id = s.id
           where s.fingerprint = $1 and s.inserted_at < $2
          union all
          select o.id from actions.supporters s join actions.actions a on a.supporter_id = s.id
            join actions.followup_items o on o.action_id = a.id
           where s.fingerprint = $1 and s.inserted_at < $2)`,
      parametersOf(scope),
    );
  }

  /** The item stays, and waits for somebody else. */
  private async forgetVolunteer({ ref, erasedAt, orgId }: ErasureScope): Promise<void> {
    await preparedQuery(
      this.manager,
      `update actions.followup_items
          set volunteer_email = null, volunteer_ref = null, assigned_at = null, updated_at = now()
        where volunteer_ref = $1 and assigned_at < $2 and org_id = $3`,
      [bytesOf(ref), erasedAt, orgId],
    );
  }

  /** A row that a relay holds in memory may be published all the same: it is told apart. */
  private async deleteOutbox(scope: ErasureScope): Promise<{ outbox: number; messagesLeaving: number }> {
    const [counts] = await preparedQuery<{ outbox: number; messagesLeaving: number }>(
      this.manager,
      `with gone as (
         delete from actions.outbox where subject_ref = $1 and subject_at < $2 and lane = $3
         returning message_id, lane, coalesce(claimed_until > now(), false) as is_leaving),
       noted as (
         insert into actions.outbox_sent (message_id, lane, outcome)
         select message_id, lane, 'erased' from gone on conflict do nothing)
       select count(*) filter (where not is_leaving)::int as outbox,
              count(*) filter (where is_leaving)::int as "messagesLeaving" from gone`,
      parametersOf(scope),
    );
    return counts ?? { outbox: 0, messagesLeaving: 0 };
  }

  /** Other orgs' parts stay, so that a replay still stores them. What is no JSON cannot be told apart and goes whole. */
  private async stripParked(scope: ErasureScope): Promise<number> {
    // A replay takes rows out and puts back what did not go: one under way ends first.
    await this.manager.query('lock table actions.parked in share row exclusive mode');
    const rows = await preparedQuery<{ id: number; body: Buffer }>(
      this.manager,
      `select id, body from actions.parked where queue = $1 and position($2::bytea in body) > 0 for update`,
      [ingestQueue(partitionOf(scope.ref)), Buffer.from(scope.ref)],
    );
    let stripped = 0;
    for (const { id, body } of rows) {
      const left = withoutErased(body.toString('utf8'), scope);
      if (left === null) continue;
      stripped += 1;
      if (left === 'unreadable') await preparedQuery(this.manager, 'delete from actions.parked where id = $1', [id]);
      else {
        // The reason stays; details may quote the body.
        await preparedQuery(this.manager, 'update actions.parked set body = $2, details = null where id = $1', [
          id,
          Buffer.from(left),
        ]);
      }
    }
    return stripped;
  }

  /** By the ids that messages about this person's actions have, requeues included. Events cannot be told by theirs. */
  private async countSent(scope: ErasureScope): Promise<number> {
    const [row] = await preparedQuery<{ sent: number }>(
      this.manager,
      `select count(*)::int as sent
         from actions.supporters s
         join actions.actions a on a.supporter_id = s.id
        cross join unnest(array['supporter_confirm', 'action_confirm', 'deliver']) as stage
        cross join (select '' as suffix union all select ':r' || number from actions.requeues where org_id = $3) r
         join actions.outbox_sent o
           on o.message_id = 'action:' || a.id || ':' || stage || ':' || $3::bigint || r.suffix and o.outcome = 'sent'
        where s.fingerprint = $1 and s.inserted_at < $2`,
      parametersOf(scope),
    );
    return row?.sent ?? 0;
  }
}

const parametersOf = ({ ref, erasedAt, orgId }: ErasureScope): unknown[] => [bytesOf(ref), erasedAt, orgId];
