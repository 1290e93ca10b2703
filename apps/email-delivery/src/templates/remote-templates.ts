export interface RemoteTemplate {
  ref: string;
  name: string;
}

/** Templates that an org made at its provider, by name. */
export interface RemoteTemplates {
  /** The provider's ref, null where it has none of that name. Throws `RemoteTemplatesAwayError` when that cannot be told now. */
  find(serviceId: number, name: string): Promise<string | null>;
  /** Whether the provider lists that ref. Throws as `find` does. */
  has(serviceId: number, ref: string): Promise<boolean>;
}

/** Whether there is such a template is not known now: worth a retry. */
export class RemoteTemplatesAwayError extends Error {
  override readonly name = 'RemoteTemplatesAwayError';

  constructor(
    readonly serviceId: number,
    reason: string,
  ) {
    super(`templates of service ${serviceId}: ${reason}`);
  }
}

export interface RemoteListSettings {
  /** A list this old is read again, while the old one answers, ms. */
  maxAgeMs: number;
  /** What is missing is looked for again after that, ms; so is a provider that did not answer. */
  retryAfterMs: number;
  /** For one reading of all pages, ms. */
  timeoutMs: number;
}

export const remoteListSettings: RemoteListSettings = { maxAgeMs: 600_000, retryAfterMs: 30_000, timeoutMs: 15_000 };

interface ServiceList {
  /** Null until the first reading that succeeded. */
  refs: ReadonlyMap<string, string> | null;
  loadedAt: number;
  triedAt: number;
  failure: string | null;
  reading: Promise<void> | null;
}

interface ListLogger {
  warn(fields: object, text: string): void;
}

/**
 * The providers' lists in memory, by service. One reading at a time for each; a slow provider is waited for only by those who
 * look for what its list does not have, and one that fails leaves the old list in place (email-and-mtt.md §2.3).
 */
export class RemoteTemplateLists implements RemoteTemplates {
  private readonly lists = new Map<number, ServiceList>();

  constructor(
    /** Throws when the provider does not answer, or refuses. */
    private readonly read: (serviceId: number) => Promise<readonly RemoteTemplate[]>,
    private readonly logger: ListLogger,
    private readonly settings: RemoteListSettings = remoteListSettings,
    private readonly now: () => number = Date.now,
  ) {}

  async find(serviceId: number, name: string): Promise<string | null> {
    const list = this.listOf(serviceId);
    const known = list.refs?.get(name);
    if (known !== undefined) {
      if (this.now() - list.loadedAt >= this.settings.maxAgeMs && this.mayRead(list)) void this.reload(serviceId, list);
      return known;
    }
    if (list.reading || this.mayRead(list)) await this.reload(serviceId, list);
    const found = list.refs?.get(name);
    if (found !== undefined) return found;
    if (list.failure !== null) throw new RemoteTemplatesAwayError(serviceId, list.failure);
    return null;
  }

  /** All names, read now; one that does not answer within `waitMs` has the names it had before, null when it never answered. */
  async names(serviceId: number, waitMs: number): Promise<{ names: string[] | null; isCurrent: boolean }> {
    const list = this.listOf(serviceId);
    const askedAt = this.now();
    if (list.reading || list.failure === null || this.mayRead(list)) {
      await withinTime(this.reload(serviceId, list), waitMs).catch(() => undefined);
    }
    const isCurrent = list.failure === null && list.loadedAt >= askedAt;
    return { names: list.refs && [...list.refs.keys()], isCurrent };
  }

  async has(serviceId: number, ref: string): Promise<boolean> {
    const list = this.listOf(serviceId);
    const isListed = () => [...(list.refs?.values() ?? [])].includes(ref);
    if (isListed()) return true;
    if (list.reading || this.mayRead(list)) await this.reload(serviceId, list);
    if (!isListed() && list.failure !== null) throw new RemoteTemplatesAwayError(serviceId, list.failure);
    return isListed();
  }

  /** After a change of the service: another account has other templates. */
  forget(serviceId: number): void {
    this.lists.delete(serviceId);
  }

  private listOf(serviceId: number): ServiceList {
    let list = this.lists.get(serviceId);
    if (!list) {
      list = { refs: null, loadedAt: -Infinity, triedAt: -Infinity, failure: null, reading: null };
      this.lists.set(serviceId, list);
    }
    return list;
  }

  private mayRead(list: ServiceList): boolean {
    return this.now() - list.triedAt >= this.settings.retryAfterMs;
  }

  /** Never rejects: what went wrong is kept in the list. */
  private reload(serviceId: number, list: ServiceList): Promise<void> {
    list.reading ??= this.readInto(serviceId, list).finally(() => (list.reading = null));
    return list.reading;
  }

  private async readInto(serviceId: number, list: ServiceList): Promise<void> {
    try {
      const templates = await withinTime(this.read(serviceId), this.settings.timeoutMs);
      list.refs = firstByName(templates);
      list.failure = null;
      list.loadedAt = this.now();
    } catch (error) {
      list.failure = error instanceof Error ? error.message : String(error);
      this.logger.warn(
        { serviceId, reason: list.failure, kept: list.refs?.size ?? null },
        'provider templates not read',
      );
    }
    list.triedAt = this.now();
  }
}

/** Of several with one name the first, as the provider lists them. */
function firstByName(templates: readonly RemoteTemplate[]): Map<string, string> {
  const refs = new Map<string, string>();
  for (const { name, ref } of templates) if (!refs.has(name)) refs.set(name, ref);
  return refs;
}

async function withinTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs).unref();
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
