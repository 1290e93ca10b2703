import type { CustomFields, EmailStatus } from '@groundswell/domain';
import type { EntityManager } from 'typeorm';

export interface TargetRecord {
  id: string;
  campaignId: number;
  externalId: string;
  name: string;
  locale: string | null;
  area: string | null;
  fields: CustomFields;
}

export interface TargetEmailRecord {
  targetId: string;
  email: string;
  disabled: boolean;
  /** As mtt-service keeps it. */
  status: EmailStatus;
  error: string | null;
}

const columns = `id, campaign_id as "campaignId", external_id as "externalId", name, locale, area, fields`;

/** Targets that are not deleted, in order of their external id. */
export class TargetReadModel {
  constructor(private readonly manager: EntityManager) {}

  ofCampaigns(campaignIds: number[]): Promise<TargetRecord[]> {
    return this.manager.query(
      `select ${columns} from catalog.targets
        where campaign_id = any($1::bigint[]) and deleted_at is null order by external_id collate "C"`,
      [campaignIds],
    );
  }

  listed(campaignId: number, externalIds: string[]): Promise<TargetRecord[]> {
    return this.manager.query(
      `select ${columns} from catalog.targets
        where campaign_id = $1 and external_id = any($2::text[]) and deleted_at is null
        order by external_id collate "C"`,
      [campaignId, externalIds],
    );
  }

  /** In the order in which they were given. */
  emailsOf(targetIds: string[]): Promise<TargetEmailRecord[]> {
    return this.manager.query(
      `select e.target_id as "targetId", e.email, e.disabled, coalesce(s.status, 'none') as status, s.error
         from catalog.target_emails e left join mtt.target_email_states s on s.target_email_id = e.id
        where e.target_id = any($1::uuid[]) order by e.id`,
      [targetIds],
    );
  }
}
