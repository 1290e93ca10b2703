import type { EntityManager } from 'typeorm';
import { builtInTemplateNames } from '@groundswell/domain';
import { listingProviders, type RemoteTemplates } from './remote-templates';

const templateNotFound = 'Template not found';

const builtIn: ReadonlySet<string> = new Set(builtInTemplateNames);

/**
 * Whether an org may name a template: anything goes without an email backend, else it must be built in, one of the org's own,
 * or one its provider has (graphql-api.md §8.1). A provider that does not answer stands in nobody's way: the name is taken, and
 * looked for again when it is used. Answers the error text, or null.
 */
export class TemplateCheck {
  constructor(
    private readonly manager: EntityManager,
    private readonly remote: RemoteTemplates,
  ) {}

  async problemOf(orgId: number, template: string | null | undefined): Promise<string | null> {
    if (!template || builtIn.has(template)) return null;
    const [backend] = await this.manager.query<{ id: number; name: string; hasTemplate: boolean }[]>(
      `select s.id::int as id, s.name,
              exists (select from catalog.email_templates t where t.org_id = o.id and t.name = $2) as "hasTemplate"
         from catalog.orgs o join catalog.services s on s.id = o.email_backend_id
        where o.id = $1`,
      [orgId, template],
    );
    if (!backend || backend.hasTemplate) return null;
    if (!listingProviders.has(backend.name)) return templateNotFound;
    return this.remote.has(backend.id, template) === false ? templateNotFound : null;
  }
}
