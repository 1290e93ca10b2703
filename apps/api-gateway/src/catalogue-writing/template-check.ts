import type { EntityManager } from 'typeorm';
import { builtInTemplateNames } from '@groundswell/domain';

const templateNotFound = 'Template not found';

/** Their templates live at the provider and are not known here: any name is accepted. */
const listingProviders: ReadonlySet<string> = new Set(['mailjet', 'brevo']);

const builtIn: ReadonlySet<string> = new Set(builtInTemplateNames);

/**
 * Whether an org may name a template: anything goes without an email backend, else it must be built in, one of the org's own,
 * or one its provider may have (graphql-api.md §8.1). Answers the error text, or null.
 */
export class TemplateCheck {
  constructor(private readonly manager: EntityManager) {}

  async problemOf(orgId: number, template: string | null | undefined): Promise<string | null> {
    if (!template || builtIn.has(template)) return null;
    const [backend] = await this.manager.query<{ name: string; hasTemplate: boolean }[]>(
      `select s.name, exists (select from catalog.email_templates t where t.org_id = o.id and t.name = $2) as "hasTemplate"
         from catalog.orgs o join catalog.services s on s.id = o.email_backend_id
        where o.id = $1`,
      [orgId, template],
    );
    if (!backend || backend.hasTemplate || listingProviders.has(backend.name)) return null;
    return templateNotFound;
  }
}
