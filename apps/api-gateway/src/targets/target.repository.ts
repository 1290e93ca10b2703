import { takesMail } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import type { TargetColumns } from './target-input';

export interface KnownTarget extends TargetColumns {
  id: string;
  externalId: string;
  isDeleted: boolean;
}

export interface TargetRow extends TargetColumns {
  id: string;
  externalId: string;
}

/**
 * Targets of one campaign. Every statement takes a whole list: their number does not depend on its length. Runs under
 * the catalogue's lock, so what was read is still so when it is written.
 */
export class TargetRepository {
  constructor(
    private readonly manager: EntityManager,
    private readonly campaignId: number,
  ) {}

  /** Also those deleted by mark. */
  async findKnown(externalIds: string[]): Promise<KnownTarget[]> {
    return this.manager.query(
      `select id, external_id as "externalId", name, locale, area, fields, deleted_at is not null as "isDeleted"
         from catalog.targets where campaign_id = $1 and external_id = any($2::text[])`,
      [this.campaignId, externalIds],
    );
  }

  /** Which of these ids targets of other campaigns have. */
  async findTaken(externalIds: string[]): Promise<Set<string>> {
    const rows: { externalId: string }[] = await this.manager.query(
      `select t.external_id as "externalId"
         from catalog.targets t join catalog.campaigns c on c.id = t.campaign_id
        where t.external_id = any($2::text[]) and t.campaign_id <> $1 and t.deleted_at is null and c.deleted_at is null`,
      [this.campaignId, externalIds],
    );
    return new Set(rows.map(({ externalId }) => externalId));
  }

  /** Inserts what is new, changes what is different, brings back what was deleted. */
  async save(rows: TargetRow[]): Promise<void> {
    await this.manager.query(
      `insert into catalog.targets as t (id, external_id, name, locale, area, fields, campaign_id)
       select g.id, g."externalId", g.name, g.locale, g.area, g.fields, $1
         from jsonb_to_recordset($2::jsonb)
           as g (id uuid, "externalId" text, name text, locale text, area text, fields jsonb)
        order by g."externalId"
       on conflict (campaign_id, external_id) do update
         set name = excluded.name, locale = excluded.locale, area = excluded.area, fields = excluded.fields,
             deleted_at = null, updated_at = now()
       where (t.name, t.locale, t.area, t.fields, t.deleted_at)
         is distinct from (excluded.name, excluded.locale, excluded.area, excluded.fields, null)`,
      [this.campaignId, JSON.stringify(rows)],
    );
  }

  /** These become the only addresses of these targets; those that stay keep their row and with it their status. */
  async replaceEmails(targets: { targetId: string; emails: string[] }[]): Promise<void> {
    const given = targets.flatMap(({ targetId, emails }) => emails.map((email) => ({ targetId, email })));
    const ids = targets.map(({ targetId }) => targetId);
    await this.manager.query(
      `delete from catalog.target_emails e
        where e.target_id = any($1::uuid[])
          and (e.target_id, e.email) not in (select g.target, g.email from unnest($2::uuid[], $3::text[]) as g (target, email))`,
      [ids, given.map(({ targetId }) => targetId), given.map(({ email }) => email)],
    );
    await this.manager.query(
      `insert into catalog.target_emails (target_id, email)
       select g.target, g.email from unnest($1::uuid[], $2::text[]) with ordinality as g (target, email, position)
        order by g.position
       on conflict (target_id, email) do nothing`,
      [given.map(({ targetId }) => targetId), given.map(({ email }) => email)],
    );
  }

  async enableEmails(targetIds: string[]): Promise<void> {
    await this.manager.query(
      `update catalog.target_emails set disabled = false, updated_at = now()
        where target_id = any($1::uuid[]) and disabled`,
      [targetIds],
    );
  }

  /** Targets of the campaign that are not listed. */
  async findOthers(externalIds: string[]): Promise<{ id: string; hasMessages: boolean }[]> {
    return this.manager.query(
      `select t.id, exists (select from actions.messages m where m.target_id = t.id) as "hasMessages"
         from catalog.targets t
        where t.campaign_id = $1 and t.deleted_at is null and t.external_id <> all($2::text[])
        order by t.external_id collate "C"`,
      [this.campaignId, externalIds],
    );
  }

  /** Those that take mail; one with a status of its own, as a bounce, gets none anyway. */
  async disableEmails(targetIds: string[]): Promise<void> {
    await this.manager.query(
      `update catalog.target_emails e set disabled = true, updated_at = now()
        where e.target_id = any($1::uuid[]) and ${takesMail('e')}`,
      [targetIds],
    );
  }

  async markDeleted(targetIds: string[]): Promise<void> {
    await this.manager.query(
      'update catalog.targets set deleted_at = now(), updated_at = now() where id = any($1::uuid[])',
      [targetIds],
    );
  }
}
