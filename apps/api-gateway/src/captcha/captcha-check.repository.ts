import type { Database } from '@groundswell/persistence';

export interface CaptchaCheck {
  submissionId: string;
  service: string;
  method: string | null;
  checkedAt: Date;
}

/** Which submission came with which captcha: no personal data. actions.submissions leads from there to the action. */
export class CaptchaCheckRepository {
  constructor(private readonly database: Database) {}

  /** A submission that was sent again keeps its first check. */
  async insert(checks: readonly CaptchaCheck[]): Promise<void> {
    await this.database.run((manager) =>
      manager.query(
        `insert into catalog.captcha_checks (submission_id, service, method, checked_at)
         select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
         on conflict (submission_id) do nothing`,
        [
          checks.map((check) => check.submissionId),
          checks.map((check) => check.service),
          checks.map((check) => check.method),
          checks.map((check) => check.checkedAt),
        ],
      ),
    );
  }
}
