import type { EntityManager } from 'typeorm';
import type { Mailout, MailoutSegment, MailoutState } from './mailout';

export interface MailoutDraft extends MailoutSegment {
  orgId: number;
  campaignId: number;
  name: string;
  template: string;
}

const columns = `id, org_id as "orgId", campaign_id as "campaignId", template, action_type as "actionType", area, language,
  since, state, next_supporter_id as "nextSupporterId", starts, parts, handed_over as "handedOver",
  built_at is not null as "isBuilt", tests`;

/** No mailing is sent later than that after it was told. */
export const pausedAtMostDays = 30;

/** Mailouts and how far they are. Whoever changes one has locked its row. */
export class MailoutRepository {
  constructor(private readonly manager: EntityManager) {}

  /** False when the org has one of that name. */
  async add({ orgId, campaignId, name, template, actionType, area, language, since }: MailoutDraft): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      `insert into notify.mailouts (org_id, campaign_id, name, template, action_type, area, language, since)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (org_id, name) do nothing returning id`,
      [orgId, campaignId, name, template, actionType, area, language, since],
    );
    return rows.length > 0;
  }

  lockByName(orgId: number, name: string): Promise<Mailout | null> {
    return this.one('org_id = $1 and name = $2', [orgId, name]);
  }

  lock(id: number): Promise<Mailout | null> {
    return this.one('id = $1', [id]);
  }

  /** Building begins, or begins again. */
  async start(id: number, newestSupporterId: number): Promise<void> {
    await this.manager.query(
      `update notify.mailouts
          set state = 'building', starts = starts + 1, next_supporter_id = coalesce(next_supporter_id, $2),
              started_at = coalesce(started_at, now()), changed_at = now()
        where id = $1`,
      [id, newestSupporterId],
    );
  }

  async setState(id: number, state: MailoutState): Promise<void> {
    await this.manager.query(
      `update notify.mailouts
          set state = $2, changed_at = now(), ended_at = case when $2 in ('stopped', 'complete') then now() end
        where id = $1`,
      [id, state],
    );
  }

  /** A step of building, counted. `next` null: it was the last one. */
  async noteStep(
    id: number,
    step: { next: number | null; candidates: number; handedOver: number; leftOut: number; awaiting: number },
  ): Promise<void> {
    await this.manager.query(
      `update notify.mailouts
          set next_supporter_id = coalesce($2, next_supporter_id), candidates = candidates + $3,
              handed_over = handed_over + $4::int, left_out = left_out + $5, awaiting = awaiting + $6,
              parts = parts + case when $4::int > 0 then 1 else 0 end,
              built_at = case when $2::bigint is null then now() end,
              state = case when $2::bigint is null then 'sending' else state end,
              changed_at = case when $2::bigint is null then now() else changed_at end
        where id = $1`,
      [id, step.next, step.candidates, step.handedOver, step.leftOut, step.awaiting],
    );
  }

  /** The number of a new test. */
  async countTest(id: number): Promise<number> {
    const rows: { tests: number }[] = await this.manager.query(
      `with counted as (update notify.mailouts set tests = tests + 1 where id = $1 returning tests) select tests from counted`,
      [id],
    );
    return rows[0]?.tests ?? 0;
  }

  /** What is paused, or whose building has failed, for so long will not be sent any more. */
  async stopForgotten(): Promise<void> {
    await this.manager.query(
      `update notify.mailouts set state = 'stopped', changed_at = now(), ended_at = now()
        where state in ('paused', 'building') and changed_at < now() - interval '${pausedAtMostDays} days'`,
    );
  }

  /** Those whose mailing email-delivery has ended: taken by the provider, stopped there by a person, or failed and too late to be
   *  retried. */
  async settle(): Promise<number[]> {
    const rows: { id: number }[] = await this.manager.query(
      `with settled as (
         update notify.mailouts o
            set state = case when m.state = 'submitted' then 'complete' else 'stopped' end, changed_at = now(), ended_at = now()
           from mail.mailings m
          where o.state in ('sending', 'paused') and o.built_at is not null and m.purpose = 'mailout:' || o.id
            and (m.state in ('submitted', 'stopped') or (m.state = 'failed' and m.not_after < now()))
         returning o.id
       ) select id from settled`,
    );
    return rows.map(({ id }) => id);
  }

  private async one(condition: string, parameters: unknown[]): Promise<Mailout | null> {
    const rows: Mailout[] = await this.manager.query(
      `select ${columns} from notify.mailouts where ${condition} for update`,
      parameters,
    );
    return rows[0] ?? null;
  }
}
