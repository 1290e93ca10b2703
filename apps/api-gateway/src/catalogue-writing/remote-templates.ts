/** Names of the templates one service has at its provider. */
export interface ProviderTemplates {
  serviceId: number;
  /** As last read; null: never told. */
  names: readonly string[] | null;
  /** Read just now: a name that is missing is not there. */
  isCurrent: boolean;
}

/** Asks for them, all services together; whoever does not answer in time is left out. Never throws. */
export type AskProviderTemplates = (serviceIds: readonly number[]) => Promise<readonly ProviderTemplates[]>;

/** Kinds of services whose templates are found by name; of others a name of ours says which. */
export const listingProviders: ReadonlySet<string> = new Set(['mailjet', 'brevo']);

/** Thrown inside a catalogue transaction, which must not wait for a provider: it is run again once that was asked. */
export class TemplatesUnaskedError extends Error {
  override readonly name = 'TemplatesUnaskedError';

  constructor(readonly serviceId: number) {
    super(`templates of service ${serviceId} are not asked for yet`);
  }
}

/** What providers told during one change of the catalogue. */
export class RemoteTemplates {
  private readonly told = new Map<number, ProviderTemplates | null>();

  constructor(private readonly ask: AskProviderTemplates | undefined) {}

  async askFor(serviceId: number): Promise<void> {
    const [templates = null] = (await this.ask?.([serviceId])) ?? [];
    this.told.set(serviceId, templates);
  }

  /** Null when that cannot be told now. Throws TemplatesUnaskedError. */
  has(serviceId: number, name: string): boolean | null {
    if (!this.ask) return null;
    const templates = this.told.get(serviceId);
    if (templates === undefined) throw new TemplatesUnaskedError(serviceId);
    if (templates?.names?.includes(name)) return true;
    return templates?.isCurrent ? false : null;
  }
}
