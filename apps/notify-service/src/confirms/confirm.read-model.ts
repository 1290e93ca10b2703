import type { EntityManager } from 'typeorm';
import { confirmOperationFromCode, roleOfMask } from '@groundswell/domain';
import type { Account, NotifiableConfirm } from './notifiable-confirm';

interface ConfirmRow extends Omit<NotifiableConfirm, 'operation' | 'creator'> {
  operation: number;
  creatorId: number | null;
  creatorEmail: string | null;
  creatorJobTitle: string | null;
}

/** Confirms, and the people they are for, as the gateway's tables have them now. */
export class ConfirmReadModel {
  constructor(private readonly manager: EntityManager) {}

  async find(confirmId: number): Promise<NotifiableConfirm | null> {
    const rows: ConfirmRow[] = await this.manager.query(
      `select c.id, c.operation, c.subject_id as "subjectId", c.object_id as "objectId", c.email, c.code, c.message,
              c.charges > 0 and c.expires_at > now() as "isOpen", c.expires_at as "expiresAt",
              a.id as "creatorId", a.email::text as "creatorEmail", a.job_title as "creatorJobTitle"
         from catalog.confirms c left join catalog.account_addresses a on a.id = c.creator_id
        where c.id = $1`,
      [confirmId],
    );
    return rows[0] ? confirmOf(rows[0]) : null;
  }

  /** Owners and campaigners of an org: who may accept what others ask of it. */
  async ownersAndCampaigners(orgId: number): Promise<Account[]> {
    const rows: (Account & { perms: number })[] = await this.manager.query(
      `select s.user_id as "userId", a.email::text as email, a.job_title as "jobTitle", s.perms
         from catalog.staffers s join catalog.account_addresses a on a.id = s.user_id
        where s.org_id = $1 order by s.user_id`,
      [orgId],
    );
    return rows
      .filter(({ perms }) => ['owner', 'campaigner'].includes(roleOfMask(perms)))
      .map(({ userId, email, jobTitle }) => ({ userId, email, jobTitle }));
  }

  /** Confirms that can still be accepted, old enough for their fact to have come, and not handled yet; oldest first. */
  async missed(olderThanMs: number, limit: number): Promise<number[]> {
    const rows: { id: number }[] = await this.manager.query(
      `select c.id from catalog.confirms c
        where c.charges > 0 and c.expires_at > now() and c.inserted_at < now() - $1 * interval '1 millisecond'
          and not exists (select from notify.confirms n where n.confirm_id = c.id)
        order by c.id limit $2`,
      [olderThanMs, limit],
    );
    return rows.map(({ id }) => id);
  }
}

function confirmOf({ operation, creatorId, creatorEmail, creatorJobTitle, ...row }: ConfirmRow): NotifiableConfirm {
  const creator =
    creatorId === null ? null : { userId: creatorId, email: creatorEmail ?? '', jobTitle: creatorJobTitle };
  return { ...row, operation: confirmOperationFromCode(operation), creator };
}
