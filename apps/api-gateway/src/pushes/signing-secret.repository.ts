import type { EntityManager } from 'typeorm';

/** How long the secret before the last one signs too, hours. */
export const previousSecretHours = 24;

/** Secrets that sign what is pushed to a webhook; all are sealed. */
export class SigningSecretRepository {
  constructor(private readonly manager: EntityManager) {}

  /** The present secret, if there is one, signs for a while longer; one before that no more. When the service was changed
   *  stays as it is: a new secret must not make it the newest of its type. */
  async replace(serviceId: number, sealed: string): Promise<{ previousSecretUntil: Date | null }> {
    const rows: { previousSecretUntil: Date | null }[] = await this.manager.query(
      `with replaced as (
         update catalog.services
            set signing_secret = $2, previous_signing_secret = signing_secret,
                previous_secret_until = case when signing_secret is not null then now() + $3 * interval '1 hour' end
          where id = $1
         returning previous_secret_until
       ) select previous_secret_until as "previousSecretUntil" from replaced`,
      [serviceId, sealed, previousSecretHours],
    );
    return { previousSecretUntil: rows[0]?.previousSecretUntil ?? null };
  }
}
