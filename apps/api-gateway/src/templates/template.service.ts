import { blankError } from '@groundswell/domain';
import type { EmailTemplate } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { InputError, type InputProblem } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { CatalogueWriter } from '../catalogue-writing/catalogue-writer';
import { givenNames } from '../catalogue-writing/input-attributes';
import { requireStillThere } from '../catalogue-writing/still-there';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';
import { MjmlCompiler } from './mjml-compiler';
import type { MjmlFault } from './mjml-result';
import { readTemplateInput, type ReadTemplate, type TemplateInput } from './template-input';
import { TemplateRepository } from './template.repository';

/** A source that is no MJML at all has one for each line. */
const maxToldFaults = 20;

/** Mail templates (graphql-api.md §5.5, email-and-mtt.md §2.1). What is saved is compiled before, never at sending. */
@Injectable()
export class TemplateService {
  constructor(
    private readonly lookup: CatalogueLookup,
    private readonly writer: CatalogueWriter,
    private readonly access: AccessFinder,
    private readonly compiler: MjmlCompiler,
  ) {}

  async upsert(caller: Viewer | null, orgName: string, input: TemplateInput): Promise<'SUCCESS'> {
    const org = await this.lookup.org(orgName);
    const viewer = requireAnyOf(await this.access.toOrg(caller, org.id), 'change_campaign_settings');
    const template = readTemplateInput(input);
    refuse(template.problems);
    if (template.columns.mjml) template.columns.html = await this.htmlOf(template.columns.mjml);
    await this.writer.write(viewer, async (manager, effects) => {
      await requireStillThere(manager, { orgId: org.id });
      const id = await save(manager, org.id, template);
      const attributes = givenNames(input);
      effects.audit('email_template', id, { operation: 'upsertTemplate', orgId: org.id, attributes });
    });
    return 'SUCCESS';
  }

  private async htmlOf(mjml: string): Promise<string> {
    const { html, faults } = await this.compiler.compile(mjml);
    refuse(faults.slice(0, maxToldFaults).map((fault) => ({ path: ['mjml'], message: textOf(fault) })));
    return html;
  }
}

async function save(manager: EntityManager, orgId: number, { name, locale, columns }: ReadTemplate): Promise<number> {
  const templates = new TemplateRepository(manager);
  const named = await templates.findByName(orgId, name);
  const known = chosen(named, locale);
  if (known) {
    refuse(missingProblems({ ...known, ...columns }));
    await templates.update(known.id, columns);
    return known.id;
  }
  const localeProblems = locale === null ? [{ path: ['locale'], message: blankError }] : [];
  refuse(named.length > 1 && locale === null ? localeProblems : [...localeProblems, ...missingProblems(columns)]);
  return templates.insert({ ...columns, orgId, name, locale: locale ?? '' });
}

/** Without a locale the only one that has the name. */
function chosen(templates: EmailTemplate[], locale: string | null): EmailTemplate | undefined {
  if (locale !== null) return templates.find((template) => template.locale === locale);
  return templates.length === 1 ? templates[0] : undefined;
}

/** A template of the provider needs nothing here. */
function missingProblems({ externalId, subject, html }: Partial<EmailTemplate>): InputProblem[] {
  if (externalId) return [];
  const missing = Object.entries({ subject, html }).filter(([, text]) => !text?.trim());
  return missing.map(([attribute]) => ({ path: [attribute], message: blankError }));
}

const textOf = ({ line, message }: MjmlFault): string => (line === null ? message : `line ${line}: ${message}`);

function refuse(problems: InputProblem[]): void {
  if (problems.length > 0) throw new InputError(problems);
}
