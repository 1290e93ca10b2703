import type { EntityManager } from 'typeorm';
import type { Logger } from '@groundswell/observability';
import type { Database } from '@groundswell/persistence';
import { ManagementAwayError } from '../broker/management-away.error';
import type { ListedUser, ManagementClient, Permissions } from '../broker/management.client';
import type { TimeBudget } from '../reconciliation/time-budget';
import { hashingAlgorithm } from '../users/password-hash';
import { losesAccess, type OrgAccess } from '../users/permissions';
import type { CrmCredential, CrmCredentialRepository, ListedCredential } from './crm-credential.repository';

/** What the broker has, as it was listed. */
export interface ListedAccess {
  users: ReadonlyMap<string, ListedUser>;
  permissions: ReadonlyMap<string, Permissions>;
}

type Work = (credential: CrmCredential, manager: EntityManager) => Promise<void>;

/** Connections of a user are still open. What concerns others goes on. */
class ConnectionsLeftError extends ManagementAwayError {}

/** Looks for connections that are left, and pauses in between, ms. */
const cutRounds = 20;
const cutPauseMs = 50;

/**
 * Brings the broker's users into line with the rows of crm_credentials: at once after a request, and in every round of the
 * reconciliation. Both hold the row meanwhile, so none puts back what the other has just taken away, in whichever replica.
 */
export class CrmCredentialUsers {
  private lastWork: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly repository: CrmCredentialRepository,
    private readonly management: Pick<
      ManagementClient,
      'putUserHash' | 'putPermissions' | 'deleteUser' | 'countConnections' | 'closeConnections'
    >,
    private readonly logger: Logger,
  ) {}

  /** `accessOf` an org that is there; those of others are left for the next round. */
  async reconcile(
    listed: ListedAccess,
    accessOf: (orgId: number) => OrgAccess | undefined,
    budget: TimeBudget,
  ): Promise<void> {
    for (const credential of await this.repository.all()) {
      const access = accessOf(credential.orgId);
      const isRight = credential.hasOrg && (!access || agrees(credential, listed, access.permissions));
      if (isRight) continue;
      if (!budget.allowsMore()) return;
      await this.bringInLine(credential, listed, access);
    }
  }

  /** A client that does not let itself be cut off waits for the next round, and nobody waits for it. */
  private async bringInLine(
    { id, orgId, hasOrg, username }: ListedCredential,
    listed: ListedAccess,
    access: OrgAccess | undefined,
  ): Promise<void> {
    try {
      if (hasOrg && access) {
        const isLess = losesAccess(listed.permissions.get(username), access);
        await this.settle(id, access.permissions, { isLess });
      } else await this.removeWithOrg(id);
    } catch (error) {
      if (!(error instanceof ConnectionsLeftError)) throw error;
      this.logger.warn({ err: error, username, orgId }, 'CRM credential is left for the next round');
    }
  }

  /** Makes the broker do what the row says now; `isLess`: it allowed to read more before. Throws
   *  ManagementAwayError when the broker does not take part. */
  async settle(id: string, permissions: Permissions, { isLess = false } = {}): Promise<void> {
    await this.holding(id, async (credential, manager) => {
      const { username, orgId, isRevoked, isSettled } = credential;
      if (isRevoked || !isSettled) {
        // Nobody can log in while connections are closed, so that comes to an end.
        await this.management.deleteUser(username);
        await this.cutOff(username);
      }
      if (!isRevoked) {
        await this.management.putUserHash(username, credential.passwordHash);
        await this.management.putPermissions(username, permissions);
        // Open channels remember what they were allowed.
        if (isLess) await this.closeConnections(username);
      }
      await this.repository.markSettled(manager, id);
      this.logger.info({ username, orgId }, isRevoked ? 'CRM credential cut off' : 'CRM credential in force');
    });
  }

  /** Row last: a user we forget about would stay for ever. */
  private removeWithOrg(id: string): Promise<void> {
    return this.holding(id, async ({ username, orgId }, manager) => {
      await this.management.deleteUser(username);
      await this.cutOff(username);
      await this.repository.remove(manager, id);
      this.logger.info({ username, orgId }, 'CRM credential of an org that is gone removed');
    });
  }

  /** One after the other: a broker that hangs must not take all connections to the database. */
  private holding(id: string, work: Work): Promise<void> {
    const done = this.lastWork.then(() => this.holdAlone(id, work));
    this.lastWork = done.catch(() => undefined);
    return done;
  }

  /** A broker that does not take part ends the transaction in good order: its connection stays of use. */
  private async holdAlone(id: string, work: Work): Promise<void> {
    const fault = await this.database.transaction(async (manager) => {
      const credential = await this.repository.lock(manager, id);
      if (!credential) return null;
      return work(credential, manager).then(
        () => null,
        (error: unknown) => {
          if (error instanceof ManagementAwayError) return error;
          throw error;
        },
      );
    });
    if (fault) throw fault;
  }

  /** Until the broker knows of no connection of this user: one may have been logging in when the others were closed. */
  private async cutOff(username: string): Promise<void> {
    for (let round = 0; round < cutRounds; round += 1) {
      if ((await this.management.countConnections(username)) === 0) return;
      await this.closeConnections(username);
      await new Promise((resolve) => setTimeout(resolve, cutPauseMs));
    }
    throw new ConnectionsLeftError(`connections of ${username} do not close`);
  }

  /** The broker answers 500 when one of them ends meanwhile: whoever needs to know counts them. */
  private async closeConnections(username: string): Promise<void> {
    try {
      await this.management.closeConnections(username);
    } catch (error) {
      if (!(error instanceof ManagementAwayError)) throw error;
      this.logger.warn({ username, reason: error.message }, 'not all connections closed');
    }
  }
}

function agrees(credential: ListedCredential, { users, permissions }: ListedAccess, wanted: Permissions): boolean {
  const user = users.get(credential.username);
  if (!credential.isSettled) return false;
  if (credential.isRevoked || !user) return credential.isRevoked && !user;
  const allowed = permissions.get(credential.username);
  return (
    user.tags.length === 0 &&
    user.hashing_algorithm === hashingAlgorithm &&
    user.password_hash === credential.passwordHash &&
    (['configure', 'write', 'read'] as const).every((kind) => allowed?.[kind] === wanted[kind])
  );
}
