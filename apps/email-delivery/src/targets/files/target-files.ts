import type { SecretEnvelope } from '@groundswell/crypto';
import type { Catalogue, Database } from '@groundswell/persistence';
import { AccountReadModel } from '../../accounts/account.read-model';
import type { FilesRead, StoredFiles } from './stored-files';

/** Files of mails to targets, from the storage backend of the org that sends. */
export class TargetFiles {
  constructor(
    private readonly database: Database,
    private readonly catalogue: Pick<Catalogue, 'orgs'>,
    private readonly envelope: Pick<SecretEnvelope, 'open'>,
    private readonly files: StoredFiles,
  ) {}

  /** Throws a fault of the database. */
  async read(orgId: number, paths: readonly string[]): Promise<FilesRead> {
    if (paths.length === 0) return { kind: 'read', files: [] };
    const serviceId = this.catalogue.orgs.get(orgId)?.storageBackendId ?? null;
    const [stored] =
      serviceId === null ? [] : await this.database.run((manager) => new AccountReadModel(manager).find([serviceId]));
    if (!stored) return { kind: 'not read', reason: 'the org has no storage backend', isFinal: false, isAsked: true };
    const password = this.passwordOf(stored.password);
    if (password === null) {
      return { kind: 'not read', reason: 'the storage backend cannot be opened', isFinal: false, isAsked: true };
    }
    return this.files.read({ ...stored, path: stored.path ?? '', password }, +stored.updatedAt, paths);
  }

  private passwordOf(sealed: string): string | null {
    try {
      return sealed === '' ? '' : this.envelope.open(sealed).toString('utf8');
    } catch {
      // Sealed with a key this process does not have.
      return null;
    }
  }
}
