import type { Catalogue, CatalogueTemplate, Database } from '@groundswell/persistence';
import { BoundedCache, type CacheLimits } from './bounded-cache';
import type { TemplateBody, TemplateSource } from './mail-templates';

export interface StoredTemplateSettings {
  /** A body is read again after that, whatever the catalogue says, ms. */
  maxAgeMs: number;
  kept: CacheLimits;
}

export const storedTemplateSettings: StoredTemplateSettings = {
  maxAgeMs: 60_000,
  kept: { maxEntries: 500, maxChars: 8_388_608 },
};

interface KeptBody {
  body: Promise<TemplateBody | null>;
  readAt: number;
}

const columns = 'subject, html, text';

/**
 * Templates as the catalogue has them: names and locales in memory, bodies read when needed. The catalogue replaces a row's object
 * at each change of the row, so a body is kept by that object: a template that was saved is another one as soon as the
 * catalogue knows, in each replica.
 */
export class StoredTemplates implements TemplateSource {
  private readonly bodies: BoundedCache<CatalogueTemplate, KeptBody>;

  constructor(
    private readonly catalogue: Pick<Catalogue, 'orgs' | 'templatesOfOrg'>,
    private readonly database: Pick<Database, 'query'>,
    private readonly settings: StoredTemplateSettings = storedTemplateSettings,
    private readonly now: () => number = Date.now,
  ) {
    this.bodies = new BoundedCache(settings.kept);
  }

  rowsNamed(orgId: number, name: string): CatalogueTemplate[] {
    return this.catalogue.templatesOfOrg(orgId).filter((row) => row.name === name);
  }

  localeOf(orgId: number): string | null {
    const locale = this.catalogue.orgs.get(orgId)?.config['locale'];
    return typeof locale === 'string' && locale !== '' ? locale : null;
  }

  /** Those who ask at the same time share one reading. */
  bodyOf(row: CatalogueTemplate): Promise<TemplateBody | null> {
    const kept = this.bodies.get(row);
    if (kept && this.now() - kept.readAt < this.settings.maxAgeMs) return kept.body;
    const fresh = { body: this.read(row.id), readAt: this.now() };
    this.bodies.set(row, fresh, 0);
    void fresh.body.then(
      (body) => this.bodies.get(row) === fresh && this.bodies.set(row, fresh, charsOf(body)),
      () => this.bodies.get(row) === fresh && this.bodies.delete(row),
    );
    return fresh.body;
  }

  private async read(id: number): Promise<TemplateBody | null> {
    const rows = await this.database.query<TemplateBody>(
      `select ${columns} from catalog.email_templates where id = $1`,
      [id],
    );
    return rows[0] ?? null;
  }
}

const charsOf = (body: TemplateBody | null): number =>
  body ? (body.subject ?? '').length + (body.html ?? '').length + (body.text ?? '').length : 0;
