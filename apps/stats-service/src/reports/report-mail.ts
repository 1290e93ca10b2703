import type { EntityManager } from 'typeorm';
import type { MailRequestV1 } from '@groundswell/contracts';
import { mailRequestMessage, type CatalogueOrg, type OutboxMessage } from '@groundswell/persistence';
import type { Report } from './report';

const kind = 'report_ready';

/** The address of whoever asked, while that is still a member of the org; null for others, who find the report in the API. */
export async function memberAddress(manager: EntityManager, { orgId, requestedBy }: Report): Promise<string | null> {
  const rows: { email: string }[] = await manager.query(
    `select a.email from catalog.staffers s join catalog.account_addresses a on a.id = s.user_id
      where s.org_id = $1 and s.user_id = $2`,
    [orgId, requestedBy],
  );
  return rows[0]?.email ?? null;
}

export interface ReadyReport {
  report: Report;
  org: Pick<CatalogueOrg, 'name' | 'title'>;
  email: string;
  link: string;
  expiresAt: Date;
}

/** One mail for one report, however often it is asked for. */
export function readyMail({ report, org, email, link, expiresAt }: ReadyReport): OutboxMessage {
  const mail: MailRequestV1 = {
    schema: 'groundswell:mail:1',
    purpose: `report:${report.id}`,
    kind,
    to: { email },
    locale: report.language,
    data: {
      operation: kind,
      email,
      message: report.kind.replaceAll('_', ' '),
      subjectId: report.id,
      acceptLink: link,
      org: { name: org.name, title: org.title },
    },
    notAfter: expiresAt.toISOString(),
  };
  return mailRequestMessage(mail, report.orgId);
}
