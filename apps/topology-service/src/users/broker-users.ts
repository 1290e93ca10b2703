import { randomBytes } from 'node:crypto';
import { exchanges, type OrgRouting } from '@groundswell/contracts';
import type { SecretEnvelope } from '@groundswell/crypto';
import type { Logger } from '@groundswell/observability';
import type { ListedUser, ManagementClient, Permissions } from '../broker/management.client';
import { customQueueNames } from '../desired/org-scope';
import type { CrmCredentialUsers } from '../crm-access/crm-credential-users';
import type { ReconcileLease } from '../reconciliation/reconcile-lease';
import type { TimeBudget } from '../reconciliation/time-budget';
import type { BrokerUser, BrokerUserRepository } from './broker-user.repository';
import { isPasswordOf } from './password-hash';
import {
  homeKeys,
  losesAccess,
  orgPermissions,
  servicePermissions,
  type OrgAccess,
  type BrokerService,
} from './permissions';

export interface BrokerUserSettings {
  /** Put before every user name, for a broker that several installations share. */
  prefix: string;
  servicePasswords: Record<BrokerService, string>;
}

/** An org with the queues of its own software, as far as they are on the broker or about to be. */
export interface OrgWithQueues {
  org: Pick<OrgRouting, 'id' | 'name'>;
  /** Custom queues it has now, and those left over from a former name. */
  customQueues: readonly string[];
  /** Queues of its own names that still belong to another org. */
  withheld: readonly string[];
}

interface WantedUser extends OrgAccess {
  username: string;
  password: string;
  /** Routing keys it may use in `system.retry`; null: all. */
  homeKeys: string | null;
}

/** What the broker allows a user now. */
interface Allowed {
  permissions: Permissions | undefined;
  homeKeys: string | undefined;
}

const passwordBytes = 24;
/** Changes on their way to the management API at once. */
const atATime = 8;

const accessOf = ({ org, customQueues, withheld }: OrgWithQueues): OrgAccess => {
  const own = new Set(customQueueNames(org));
  const isMoving = customQueues.some((queue) => !own.has(queue));
  return { permissions: orgPermissions(org, customQueues, withheld), isMoving };
};

/** The broker's users: one per service, one per org with a custom queue, and those that orgs made. Passwords of the second
 *  are made here and kept sealed. */
export class BrokerUsers {
  constructor(
    private readonly management: ManagementClient,
    private readonly repository: BrokerUserRepository,
    private readonly credentials: Pick<CrmCredentialUsers, 'reconcile'>,
    private readonly envelope: SecretEnvelope,
    private readonly lease: ReconcileLease,
    private readonly settings: BrokerUserSettings,
    private readonly logger: Logger,
  ) {}

  /** Makes the broker agree: missing users, changed passwords, tags and permissions are put right; users of orgs that are
   *  gone are removed. Lists once, then changes only what differs. */
  async reconcile(orgs: readonly OrgWithQueues[], budget: TimeBudget): Promise<void> {
    const known = await this.knownUsers(orgs);
    const wanted = [...this.serviceUsers(), ...this.orgUsers(orgs, known)];
    const [users, permissions, topics] = await Promise.all([
      this.management.users(),
      this.management.permissions(),
      this.management.topicPermissions(),
    ]);
    const found = new Map(users.map((user) => [user.name, user]));
    const allowed = new Map(permissions.map((entry) => [entry.user, entry]));
    const homes = topics.filter(({ exchange }) => exchange === exchanges.retry);
    const homesOf = new Map(homes.map(({ user, write }) => [user, write]));
    const allowedFor = (user: string): Allowed => ({ permissions: allowed.get(user), homeKeys: homesOf.get(user) });
    // Known users first: taking a permission away must not wait behind a thousand new ones.
    const inOrder = [...wanted].sort((a, b) => Number(found.has(b.username)) - Number(found.has(a.username)));
    for (let at = 0; at < inOrder.length && budget.allowsMore(); at += atATime) {
      this.lease.assertHeld();
      const portion = inOrder.slice(at, at + atATime);
      await Promise.all(
        portion.map((user) => this.putRight(user, found.get(user.username), allowedFor(user.username))),
      );
    }
    const allowedTo = new Map(orgs.map((one) => [one.org.id, accessOf(one)]));
    await this.credentials.reconcile({ users: found, permissions: allowed }, (id) => allowedTo.get(id), budget);
    await this.removeGone([...known.values()], new Set(allowedTo.keys()));
  }

  /** With a row for every org that needs a user: the row comes before the user, so no password is ever lost. */
  private async knownUsers(orgs: readonly OrgWithQueues[]): Promise<Map<number, BrokerUser>> {
    const read = async () => new Map((await this.repository.all()).map((user) => [user.orgId, user]));
    const known = await read();
    const added = this.newUsers(orgs, known);
    if (added.length === 0) return known;
    await this.lease.write((manager) => this.repository.insertOnce(manager, added));
    return read();
  }

  private newUsers(orgs: readonly OrgWithQueues[], known: ReadonlyMap<number, BrokerUser>): BrokerUser[] {
    return orgs
      .filter(({ org, customQueues }) => customQueues.length > 0 && !known.has(org.id))
      .map(({ org }) => ({
        orgId: org.id,
        // By id: a rename must not lock an org out.
        username: `${this.settings.prefix}org-${org.id}`,
        password: this.envelope.seal(randomBytes(passwordBytes).toString('base64url')),
      }));
  }

  private serviceUsers(): WantedUser[] {
    return (Object.keys(servicePermissions) as BrokerService[]).map((service) => ({
      username: this.settings.prefix + service,
      password: this.settings.servicePasswords[service],
      permissions: servicePermissions[service],
      homeKeys: homeKeys[service],
      isMoving: true,
    }));
  }

  private orgUsers(orgs: readonly OrgWithQueues[], known: ReadonlyMap<number, BrokerUser>): WantedUser[] {
    return orgs.flatMap((one) => {
      const user = known.get(one.org.id);
      const password = user && this.openPassword(user);
      if (!user || password === null || password === undefined) return [];
      return [{ username: user.username, password, homeKeys: null, ...accessOf(one) }];
    });
  }

  /** Null when our keys do not open it: that org keeps the user it has, the others go on. */
  private openPassword({ orgId, password }: BrokerUser): string | null {
    try {
      return this.envelope.open(password).toString();
    } catch (err) {
      this.logger.error({ err, orgId }, 'password of a broker user does not open');
      return null;
    }
  }

  private async putRight(user: WantedUser, found: ListedUser | undefined, now: Allowed): Promise<void> {
    const { username, password, permissions } = user;
    const isSame =
      found && found.tags.length === 0 && isPasswordOf(found.password_hash, found.hashing_algorithm, password);
    if (!isSame) {
      await this.management.putUser(username, password);
      this.logger.info({ username }, found ? 'broker user changed' : 'broker user created');
    }
    // First: until there is an entry every key is allowed.
    if (user.homeKeys !== null && now.homeKeys !== user.homeKeys) {
      await this.management.putTopicPermission(username, exchanges.retry, user.homeKeys);
    }
    const allowed = now.permissions;
    const isAllowed = (['configure', 'write', 'read'] as const).every((kind) => allowed?.[kind] === permissions[kind]);
    if (isAllowed) return;
    await this.management.putPermissions(username, permissions);
    this.logger.info({ username }, 'broker permissions set');
    // Open channels remember what they were allowed. Several rounds may see this, so a fault is only told.
    if (losesAccess(allowed, user)) {
      await this.management
        .closeConnections(username)
        .catch((err: unknown) => this.logger.warn({ err, username }, 'connections not closed'));
    }
  }

  /** Row last: a user we forget about would stay for ever. */
  private async removeGone(known: readonly BrokerUser[], present: ReadonlySet<number>): Promise<void> {
    const gone = known.filter(({ orgId }) => !present.has(orgId));
    if (gone.length === 0) return;
    for (const { username } of gone) {
      this.lease.assertHeld();
      await this.management.deleteUser(username);
      this.logger.info({ username }, 'broker user of an org that is gone removed');
    }
    await this.lease.write((manager) =>
      this.repository.remove(
        manager,
        gone.map(({ orgId }) => orgId),
      ),
    );
  }
}
