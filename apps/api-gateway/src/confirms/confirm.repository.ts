import { randomDigits } from '@groundswell/crypto';
import { confirmOperationCode, type ConfirmOperation } from '@groundswell/domain';
import { Confirm } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';

const codeDigits = 12;

export interface NewConfirm {
  operation: ConfirmOperation;
  subjectId: number;
  objectId: number | null;
  email: string | null;
  message: string | null;
  creatorId: number;
}

/** Confirms of the catalogue; those of actions belong to action-ingest. */
export class ConfirmRepository {
  constructor(private readonly manager: EntityManager) {}

  /** A code that is taken gets a digit more. */
  async insert(confirm: NewConfirm, firstCode = randomDigits(codeDigits)): Promise<Confirm> {
    let code = firstCode;
    let id = await this.insertWithCode(confirm, code);
    while (id === null) {
      code += randomDigits(1);
      id = await this.insertWithCode(confirm, code);
    }
    return this.manager.findOneByOrFail(Confirm, { id });
  }

  findByCode(code: string): Promise<Confirm | null> {
    return this.manager.findOne(Confirm, { where: { code } });
  }

  /** Takes one charge; false when none is left or its time is over. */
  async takeCharge(id: number): Promise<boolean> {
    const [, taken]: [unknown, number] = await this.manager.query(
      `update catalog.confirms set charges = charges - 1, updated_at = now()
        where id = $1 and charges > 0 and expires_at > now()`,
      [id],
    );
    return taken > 0;
  }

  /** False when it was closed already. */
  async close(id: number): Promise<boolean> {
    const [, closed]: [unknown, number] = await this.manager.query(
      'update catalog.confirms set charges = 0, updated_at = now() where id = $1 and charges > 0',
      [id],
    );
    return closed > 0;
  }

  async noteWrongAttempt(id: number): Promise<void> {
    await this.manager.query('update catalog.confirms set wrong_attempts = wrong_attempts + 1 where id = $1', [id]);
  }

  /** Those that may still be accepted, oldest first. */
  async openLaunchesOf(campaignIds: number[]): Promise<Confirm[]> {
    return this.manager
      .createQueryBuilder(Confirm, 'c')
      .where('c.operation = :operation', { operation: confirmOperationCode('launch_page') })
      .andWhere('c.subject_id = any(:campaignIds::bigint[])', { campaignIds })
      .andWhere('c.charges > 0 and c.expires_at > now()')
      .orderBy('c.id')
      .getMany();
  }

  private async insertWithCode(confirm: NewConfirm, code: string): Promise<number | null> {
    const rows: { id: number }[] = await this.manager.query(
      `insert into catalog.confirms (operation, subject_id, object_id, email, message, creator_id, code)
       select $1::smallint, $2::bigint, $3::bigint, $4, $5, $6::bigint, $7::varchar
        where not exists (select from actions.action_confirms where code = $7::varchar)
       on conflict (code) do nothing returning id`,
      [
        confirmOperationCode(confirm.operation),
        confirm.subjectId,
        confirm.objectId,
        confirm.email,
        confirm.message,
        confirm.creatorId,
        code,
      ],
    );
    return rows[0]?.id ?? null;
  }
}
