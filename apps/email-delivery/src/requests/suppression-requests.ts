import { emailDeliveryRefusals, type SuppressionAnswerV1, type SuppressionRemovedV1 } from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import type { Database } from '@groundswell/persistence';
import type { StoredAccount } from '../accounts/account.read-model';
import type { AddressHash } from '../deliveries/address-hash';

export type ProviderSide = SuppressionRemovedV1['provider'];

/** Takes an address off the lists of the account's own provider. Throws when that is not certainly done. */
export type RemoveAtProvider = (account: StoredAccount, address: string) => Promise<ProviderSide>;

interface Row {
  reason: 'bounce' | 'spam' | 'unsub';
  at: Date;
}

/** Addresses an account no longer mails (email-events.md §8.1). Addresses go to the provider alone, never to a row or log. */
export class SuppressionRequests {
  constructor(
    private readonly database: Database,
    private readonly addressHash: AddressHash,
    private readonly findAccount: (serviceId: number) => Promise<StoredAccount | null>,
    private readonly removeAtProvider: RemoveAtProvider,
  ) {}

  async find(serviceId: number, address: string): Promise<SuppressionAnswerV1> {
    const [row] = await this.database.query<Row>(
      'select reason, created_at as at from mail.suppressions where service_id = $1 and address_hash = $2',
      [serviceId, this.addressHash(address)],
    );
    return { suppressed: row !== undefined, reason: row?.reason ?? null, at: row?.at.toISOString() ?? null };
  }

  /** The provider first: while it still blocks, the row stays. Asked also where there is no row, since it may block all the
   *  same. */
  async remove(serviceId: number, address: string): Promise<SuppressionRemovedV1> {
    const account = await this.findAccount(serviceId);
    if (!account) throw new RpcRefusedError(emailDeliveryRefusals.notFound, 'there is no such service');
    const provider = await this.removeAtProvider(account, address.trim().toLowerCase());
    const [{ n } = { n: 0 }] = await this.database.query<{ n: number }>(
      `with gone as (delete from mail.suppressions where service_id = $1 and address_hash = $2 returning 1)
       select count(*)::int as n from gone`,
      [serviceId, this.addressHash(address)],
    );
    return { outcome: n > 0 ? 'changed' : 'unchanged', provider };
  }
}
