import type { EntityManager } from 'typeorm';

/** Which confirms were dealt with; never removed. */
export class HandledConfirmRepository {
  constructor(private readonly manager: EntityManager) {}

  /** False when it was dealt with before; waits for another transaction that is just doing so. */
  async insertOnce(confirmId: number, outcome: string): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      `insert into notify.confirms (confirm_id, outcome) values ($1, $2) on conflict do nothing returning confirm_id`,
      [confirmId, outcome],
    );
    return rows.length === 1;
  }
}
