import type { ConfirmationSettings } from '@groundswell/domain';
import type { EntityManager } from 'typeorm';

export interface ConfirmationCase {
  /** Tells the same case before and after a change. */
  key: string;
  settings: ConfirmationSettings;
}

interface Row {
  orgId: number;
  campaignId: number | null;
  pageId: number | null;
  orgSupporterConfirm: boolean;
  orgTemplate: string | null;
  customSupporterConfirm: boolean;
  customActionConfirm: boolean;
  hasEmailBackend: boolean;
  emailFrom: string | null;
  campaignSupporterConfirm: boolean | null;
  campaignTemplate: string | null;
  campaignActionConfirm: boolean | null;
  pageTemplate: string | null;
}

const orgColumns = `o.id as "orgId", o.supporter_confirm as "orgSupporterConfirm",
  o.supporter_confirm_template as "orgTemplate", o.custom_supporter_confirm as "customSupporterConfirm",
  o.custom_action_confirm as "customActionConfirm", o.email_backend_id is not null as "hasEmailBackend",
  o.email_from as "emailFrom"`;
const campaignColumns = `c.id as "campaignId", c.supporter_confirm as "campaignSupporterConfirm",
  c.supporter_confirm_template as "campaignTemplate", c.action_confirm as "campaignActionConfirm"`;

/** All that decides whether actions can finish, for whatever a change of one org or one campaign touches. */
export class ConfirmationSettingsReadModel {
  constructor(private readonly manager: EntityManager) {}

  /** Pages of the org, the org by itself, and campaigns it leads even without a page. */
  ofOrg(orgId: number): Promise<ConfirmationCase[]> {
    return this.read('o.id = $1', orgId);
  }

  /** Pages of the campaign, and its lead even without a page. */
  ofCampaign(campaignId: number): Promise<ConfirmationCase[]> {
    return this.read('c.id = $1', campaignId);
  }

  private async read(where: string, id: number): Promise<ConfirmationCase[]> {
    const isOfOrg = where.startsWith('o.');
    const rows: Row[] = await this.manager.query(
      `select ${orgColumns}, ${campaignColumns}, p.id as "pageId", p.supporter_confirm_template as "pageTemplate"
         from catalog.action_pages p
         join catalog.campaigns c on c.id = p.campaign_id and c.deleted_at is null
         join catalog.orgs o on o.id = p.org_id and o.deleted_at is null
        where p.deleted_at is null and ${where}
        union all
       select ${orgColumns}, ${campaignColumns}, null, null
         from catalog.campaigns c join catalog.orgs o on o.id = c.org_id and o.deleted_at is null
        where c.deleted_at is null and c.supporter_confirm and ${where}
        ${isOfOrg ? `union all select ${orgColumns}, null, null, null, null, null, null from catalog.orgs o where ${where}` : ''}`,
      [id],
    );
    return rows.map(toCase);
  }
}

const toCase = (row: Row): ConfirmationCase => ({
  key: `${row.orgId}/${row.campaignId ?? ''}/${row.pageId ?? ''}`,
  settings: {
    org: {
      supporterConfirm: row.orgSupporterConfirm,
      supporterConfirmTemplate: row.orgTemplate,
      customSupporterConfirm: row.customSupporterConfirm,
      customActionConfirm: row.customActionConfirm,
      hasEmailBackend: row.hasEmailBackend,
      emailFrom: row.emailFrom,
    },
    campaign:
      row.campaignId === null
        ? null
        : {
            supporterConfirm: row.campaignSupporterConfirm,
            supporterConfirmTemplate: row.campaignTemplate,
            actionConfirm: row.campaignActionConfirm,
          },
    page: row.pageId === null ? null : { supporterConfirmTemplate: row.pageTemplate },
  },
});
