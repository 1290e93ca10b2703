import { BoundedCache } from './bounded-cache';
import { builtInTemplate } from './built-in-templates';
import type { RemoteTemplates } from './remote-templates';
import { chooseByLocale } from './template-locale';
import type { MailProvider } from '../providers/mail-provider';

/** Parts of a mail, as mustache. */
export interface TemplateParts {
  subject: string;
  html: string;
  /** Null: made from the html. */
  text: string | null;
}

export type MailTemplate =
  | ({ from: 'local'; id: number; locale: string } & TemplateParts)
  | ({ from: 'built-in'; name: string; locale: string } & TemplateParts)
  /** Rendered by the provider, from flattened variables. */
  | { from: 'provider'; ref: string };

export interface TemplateRow {
  id: number;
  name: string;
  locale: string;
  externalId: string | null;
}

export interface TemplateBody {
  subject: string | null;
  html: string | null;
  text: string | null;
}

/** Templates that orgs keep with us. */
export interface TemplateSource {
  rowsNamed(orgId: number, name: string): readonly TemplateRow[];
  /** `config.locale` of the org. */
  localeOf(orgId: number): string | null;
  /** Null when the row is gone. */
  bodyOf(row: TemplateRow): Promise<TemplateBody | null>;
}

export interface TemplateQuery {
  orgId: number;
  name: string;
  /** Null for mails to users, who have none. */
  locale: string | null;
  /** What will really send: its own templates, and what it can do with ours. */
  service: { id: number; kind: MailProvider['kind'] };
  /** Kind of the org's email backend, where its transactional backend sends: templates that name one at a provider mean the email
   *  backend's, and one that only that may have is not replaced by a built-in one. */
  insteadOf?: string;
}

interface TemplateLogger {
  info(fields: object, text: string): void;
}

/** What a kind takes: html of ours, refs of its own templates, and whether these can be looked up by name. */
const abilities: Record<MailProvider['kind'], { html: boolean; refs: boolean; names: boolean }> = {
  mailjet: { html: true, refs: true, names: true },
  brevo: { html: true, refs: true, names: true },
  hubspot: { html: false, refs: true, names: false },
  // Lists its templates, and sends raw mails only.
  ses: { html: true, refs: false, names: false },
  smtp: { html: true, refs: false, names: false },
  mailgun: { html: true, refs: false, names: false },
  preview: { html: true, refs: false, names: false },
};

const none = { html: false, refs: false, names: false };
const abilitiesOf = (kind: string | undefined) =>
  Object.entries(abilities).find(([known]) => known === kind)?.[1] ?? none;

/** Each fallback goes to the log once in that time, not once a mail, ms. */
const fallbackLogMs = 600_000;
const maxLoggedFallbacks = 1_000;

/** Finds the template of a name (email-and-mtt.md §2.3): the org's own here, the provider's, a built-in one. */
export class MailTemplates {
  private readonly logged = new BoundedCache<string, number>({
    maxEntries: maxLoggedFallbacks,
    maxChars: Number.MAX_SAFE_INTEGER,
  });

  constructor(
    private readonly source: TemplateSource,
    private readonly remote: RemoteTemplates,
    private readonly logger: TemplateLogger,
    private readonly now: () => number = Date.now,
  ) {}

  /** Null when there is none. Throws `RemoteTemplatesAwayError` or a fault of the database: then that is not known. */
  async find(query: TemplateQuery): Promise<MailTemplate | null> {
    const { html, names } = abilities[query.service.kind];
    const rows = this.source.rowsNamed(query.orgId, query.name);
    const chosen = chooseByLocale(rows, query.locale, this.source.localeOf(query.orgId));
    if (chosen) {
      const template = await this.usable(chosen.row, query);
      if (template && chosen.step !== 'exact') this.logFallback(query, chosen.row.locale, chosen.step);
      if (template) return template;
    } else if (names) {
      const ref = await this.remote.find(query.service.id, query.name);
      if (ref !== null) return { from: 'provider', ref };
    }
    return html && !abilitiesOf(query.insteadOf).names ? this.builtIn(query) : null;
  }

  private async usable(row: TemplateRow, { service, insteadOf }: TemplateQuery): Promise<MailTemplate | null> {
    const { html: takesHtml, refs, names } = abilities[service.kind];
    if (row.externalId && refs) {
      const isItsOwn = !abilitiesOf(insteadOf).refs || (names && (await this.remote.has(service.id, row.externalId)));
      if (isItsOwn) return { from: 'provider', ref: row.externalId };
    }
    if (!takesHtml) return null;
    const body = await this.source.bodyOf(row);
    if (!body?.html) return null;
    const { html, text, subject } = body;
    return { from: 'local', id: row.id, locale: row.locale, subject: subject ?? '', html, text: text || null };
  }

  private builtIn({ name }: TemplateQuery): MailTemplate | null {
    const parts = builtInTemplate(name);
    return parts && { from: 'built-in', name, locale: 'en', ...parts };
  }

  private logFallback({ orgId, name, locale }: TemplateQuery, used: string, step: string): void {
    // Without a locale asked for, English is no fallback.
    if (locale === null && step === 'en') return;
    const key = JSON.stringify([orgId, name, locale, used]);
    const lastAt = this.logged.get(key);
    if (lastAt !== undefined && this.now() - lastAt < fallbackLogMs) return;
    this.logged.set(key, this.now(), key.length);
    this.logger.info({ orgId, template: name, wanted: locale, used, step }, 'template in another locale');
  }
}
