import type { EntityManager } from 'typeorm';
import type { Candidate } from './mailout';

export interface AudiencePage {
  /** Newest first. */
  people: Candidate[];
  /** Where the next page begins; null when there is none. */
  next: number | null;
}

const columns = `p.supporter_id as "supporterId", p.ref, p.action_page_id as "pageId", p.first_name as "firstName", p.email,
  p.area, p.inserted_at as "acceptedAt", p.has_consent as "hasConsent", p.email_status::int as "emailStatus",
  p.action_id as "actionId", p.test_action_id as "testActionId", p.action_types as "actionTypes",
  exists (select from catalog.erasures e
           where e.org_id = p.org_id and e.ref = p.ref and e.erased_at > p.inserted_at) as "isErased"`;

/** Supporters of an org as far as the instance knows them. Addresses are in what it returns: to be handed on, never kept. */
export class AudienceReadModel {
  constructor(private readonly manager: EntityManager) {}

  /** Where a mailout begins: whoever comes after is no part of it. 0 where the org has nobody. */
  async newestSupporter(orgId: number): Promise<number> {
    const rows: { id: number }[] = await this.manager.query(
      `select supporter_id as id from actions.mailable_people where org_id = $1 order by supporter_id desc limit 1`,
      [orgId],
    );
    return rows[0]?.id ?? 0;
  }

  /** The newest `limit` of a campaign, from this supporter down. A page costs the same wherever it is. */
  async page(
    { orgId, campaignId }: { orgId: number; campaignId: number },
    from: number,
    limit: number,
  ): Promise<AudiencePage> {
    const people: Candidate[] = await this.manager.query(
      `with page as materialized (
         select supporter_id from actions.mailable_people
          where org_id = $1 and campaign_id = $2 and supporter_id <= $3 and same_supporter_id <= $3
          order by supporter_id desc limit $4
       ) select ${columns} from page join actions.mailable_people p on p.org_id = $1 and p.supporter_id = page.supporter_id
          order by p.supporter_id desc`,
      [orgId, campaignId, from, limit],
    );
    const last = people.at(-1);
    return { people, next: last && people.length === limit ? last.supporterId - 1 : null };
  }

  /** Those of them that are still the org's, of any campaign. */
  async find(orgId: number, supporterIds: readonly number[]): Promise<Map<number, Candidate>> {
    const people: Candidate[] = await this.manager.query(
      `select ${columns} from actions.mailable_people p where p.org_id = $1 and p.supporter_id = any($2::bigint[])`,
      [orgId, supporterIds],
    );
    return new Map(people.map((person) => [person.supporterId, person]));
  }
}
