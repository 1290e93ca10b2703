import { createHash } from 'node:crypto';
import type { SecretEnvelope } from '@groundswell/crypto';
import type { Catalogue, Database } from '@groundswell/persistence';
import { AccountReadModel, type StoredAccount } from '../../accounts/account.read-model';
import { MailgunCooldown } from '../../providers/mailgun/mailgun-cooldown';
import { MailgunEventsClient } from '../../providers/mailgun/mailgun-events.client';
import { mailgunOrigin } from '../../providers/mailgun/mailgun-origin';
import type { ReaderSettings } from '../../providers/mailgun/mailgun-reader';
import type { EventSources, PolledAccount } from './event-source';

const polledName = 'mailgun';
/** Mail goes out through these, and nothing comes back; the others have webhooks. */
const silentNames = new Set(['smtp', 'hubspot', 'preview', 'testmail']);

/** The MAILGUN rows of the catalogue. Settings and keys are read anew for each fetch. */
export class MailgunSources implements EventSources {
  /** By account, so that all loops of it wait together. */
  private readonly cooldowns = new Map<string, MailgunCooldown>();

  constructor(
    private readonly database: Pick<Database, 'run'>,
    private readonly catalogue: Pick<Catalogue, 'services'>,
    private readonly envelope: Pick<SecretEnvelope, 'open'>,
    private readonly settings: Omit<ReaderSettings, 'cooldown'>,
    private readonly tags: readonly string[],
  ) {}

  async polled(): Promise<PolledAccount[]> {
    const ids = this.services().flatMap(({ id, name }) => (name === polledName ? [id] : []));
    const rows = ids.length === 0 ? [] : await this.read(ids);
    return rows.map(({ id, host, user, password }) => ({
      serviceId: id,
      domain: `${id}:${mailgunOrigin(host).replace(/^https?:\/\//, '')}/${user}`,
      isConfigured: user !== '' && password !== '',
    }));
  }

  async open(serviceId: number): Promise<MailgunEventsClient | null> {
    const [row] = await this.read([serviceId]);
    if (row?.name !== polledName || row.user === '' || row.password === '') return null;
    const password = this.envelope.open(row.password).toString('utf8');
    const account = { id: row.id, host: row.host, user: row.user, password };
    const cooldown = this.cooldownOf(`${mailgunOrigin(row.host)} ${password}`);
    return new MailgunEventsClient(account, { ...this.settings, cooldown }, this.tags);
  }

  withoutEvents(): { serviceId: number; orgId: number; name: string }[] {
    return this.services()
      .filter(({ name }) => silentNames.has(name))
      .map(({ id, orgId, name }) => ({ serviceId: id, orgId, name }));
  }

  private services() {
    return [...this.catalogue.services.rows.values()].sort((a, b) => a.id - b.id);
  }

  private read(ids: readonly number[]): Promise<StoredAccount[]> {
    return this.database.run((manager) => new AccountReadModel(manager).find(ids));
  }

  private cooldownOf(account: string): MailgunCooldown {
    const key = createHash('sha256').update(account).digest('base64');
    const known = this.cooldowns.get(key) ?? new MailgunCooldown(this.settings.now);
    this.cooldowns.set(key, known);
    return known;
  }
}
