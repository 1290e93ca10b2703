import { createHmac, randomBytes } from 'node:crypto';
import {
  topologyRefusals,
  type CrmPasswordAnswerV1,
  type CrmRevokedAnswerV1,
  type TopologyRequestV1,
} from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import { ManagementAwayError } from '../broker/management-away.error';
import { hashForBroker, hashingAlgorithm, isPasswordOf } from '../users/password-hash';
import type { CrmCredential, CrmCredentialRepository } from './crm-credential.repository';
import type { CrmCredentialUsers } from './crm-credential-users';
import type { OrgPermissionsReadModel } from './org-permissions.read-model';

type Request<Kind extends TopologyRequestV1['kind']> = Extract<TopologyRequestV1, { kind: Kind }>;

export interface CrmAccessSettings {
  /** Put before every user name, for a broker that several installations share. */
  prefix: string;
  /** Where orgs log in, without user and password; null: not configured. */
  address: string | null;
}

/**
 * Credentials that orgs make for their software. The row comes first, then the broker: what fails in between the next round of
 * the reconciliation does. A password is made from the request's id and a key this process alone has, so that a request that
 * comes twice is answered twice alike, and nothing has to be kept to do so; another process refuses the repeat.
 */
export class CrmAccess {
  private readonly key = randomBytes(32);

  constructor(
    private readonly repository: CrmCredentialRepository,
    private readonly users: CrmCredentialUsers,
    private readonly permissions: OrgPermissionsReadModel,
    private readonly settings: CrmAccessSettings,
  ) {}

  async create({ id: requestId, orgId, label, by }: Request<'create_crm_credential'>): Promise<CrmPasswordAnswerV1> {
    if (!(await this.permissions.of(orgId))) throw notFound();
    const password = this.passwordOf(requestId);
    // By id: a rename must not lock an org out.
    const username = `${this.settings.prefix}org-${orgId}-${randomBytes(4).toString('hex')}`;
    const passwordHash = hashForBroker(password);
    const made = await this.repository.insertOnce({ orgId, label, username, passwordHash, by, requestId });
    if (made === 'too_many') throw new RpcRefusedError(topologyRefusals.tooMany, 'the org has as many as it may have');
    return this.answer(made, password);
  }

  async rotate({ id: requestId, orgId, credentialId }: Request<'rotate_crm_credential'>): Promise<CrmPasswordAnswerV1> {
    const password = this.passwordOf(requestId);
    const found = await this.repository.rotate(orgId, credentialId, requestId, hashForBroker(password));
    if (!found) throw notFound();
    return this.answer(found, password);
  }

  async revoke({ orgId, credentialId }: Request<'revoke_crm_credential'>): Promise<CrmRevokedAnswerV1> {
    const before = await this.repository.revoke(orgId, credentialId);
    if (!before) throw notFound();
    if (before.isRevoked && before.isSettled) return { outcome: 'unchanged' };
    if (!(await this.settle(before))) {
      throw new RpcRefusedError(topologyRefusals.brokerAway, 'revoked; the broker does not take part yet');
    }
    return { outcome: 'changed' };
  }

  private async answer(credential: CrmCredential, password: string): Promise<CrmPasswordAnswerV1> {
    if (credential.isRevoked) throw new RpcRefusedError(topologyRefusals.revoked, 'it is revoked');
    if (!isPasswordOf(credential.passwordHash, hashingAlgorithm, password)) {
      throw new RpcRefusedError(topologyRefusals.answeredBefore, 'answered before');
    }
    const isInForce = await this.settle(credential);
    const { id: credentialId, username } = credential;
    return { credentialId, username, password, isInForce, address: this.settings.address };
  }

  /** False when the broker does not take part: the next round sees to it. */
  private async settle({ id, orgId }: CrmCredential): Promise<boolean> {
    try {
      await this.users.settle(id, (await this.permissions.of(orgId)) ?? nothing);
      return true;
    } catch (error) {
      if (!(error instanceof ManagementAwayError)) throw error;
      return false;
    }
  }

  private passwordOf(requestId: string): string {
    return createHmac('sha256', this.key).update(requestId).digest('base64url');
  }
}

const notFound = () => new RpcRefusedError(topologyRefusals.notFound, 'there is no such thing');

/** Of an org that went meanwhile. */
const nothing = { configure: '^$', write: '^$', read: '^$' };
