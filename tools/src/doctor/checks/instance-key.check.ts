import { publicKeyOf } from '@groundswell/crypto';
import { fault, type Check, type Look } from '../check';
import { reasonOf } from '../reason-of';
import type { Sources } from '../sources/sources';

interface InstanceKey {
  isDeleted: boolean;
  id: number | null;
  isExpired: boolean | null;
  public: Buffer | null;
  private: string | null;
}

const keyOf = `
select o.deleted_at is not null as "isDeleted", k.id::int as id, k.expired as "isExpired", k.public, k.private
  from catalog.orgs o left join catalog.public_keys k on k.org_id = o.id and k.active where o.name = $1`;

/** The instance's key signs every contact that is boxed for an org: without it nobody can sign (processing.md §3). */
export class InstanceKeyCheck implements Check {
  readonly id = 'instance-key';
  readonly title = 'the key of the instance can be used';
  readonly settles = false;

  constructor(private readonly instanceOrgName: string) {}

  async look(sources: Sources): Promise<Look> {
    const envelope = await sources.envelope();
    const [found] = await (await sources.database()).query<InstanceKey>(keyOf, [this.instanceOrgName]);
    const says = (text: string): Look => ({ findings: [fault(this.instanceOrgName, text)] });
    if (!found) return says('there is no org of this name: set ORG_NAME as the gateway has it');
    if (found.isDeleted) return says('the org is deleted');
    if (found.id === null || found.public === null) return says('no key is active');
    if (found.isExpired) return says(`key ${found.id} is active and expired`);
    if (!found.private) return says(`key ${found.id} is active and has no private part`);
    try {
      const own = publicKeyOf(envelope.open(found.private));
      return own.equals(found.public) ? { findings: [] } : says(`the parts of key ${found.id} do not belong together`);
    } catch (error) {
      return says(`key ${found.id}: ${reasonOf(error)}`);
    }
  }
}
