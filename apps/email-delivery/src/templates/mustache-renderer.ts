import { BoundedCache } from './bounded-cache';
import { parseMustache, type Token } from './mustache-parser';
import { TemplateError } from './template-error';

/** As JSON has them. */
export type Variables = Readonly<Record<string, unknown>>;

export interface RenderLimits {
  /** Of one rendered part, in characters. The longest html that MJML makes of the longest source has half of it. */
  maxChars: number;
  /** Tokens rendered and turns of sections, each as often as it comes about. */
  maxSteps: number;
  /** Parsed templates kept, and the characters of their texts. */
  maxParsed: number;
  maxParsedChars: number;
}

export const renderLimits: RenderLimits = {
  maxChars: 4_194_304,
  maxSteps: 200_000,
  maxParsed: 500,
  maxParsedChars: 8_388_608,
};

/** The mustache of templates and of texts for targets (email-and-mtt.md §2.2). Throws `TemplateError` and nothing else. */
export class MustacheRenderer {
  private readonly parsed: BoundedCache<string, readonly Token[]>;

  constructor(private readonly limits: RenderLimits = renderLimits) {
    this.parsed = new BoundedCache({ maxEntries: limits.maxParsed, maxChars: limits.maxParsedChars });
  }

  get parsedCount(): number {
    return this.parsed.size;
  }

  html(template: string, variables: Variables): string {
    return this.render(template, variables, escapeHtml);
  }

  plain(template: string, variables: Variables): string {
    return this.render(template, variables, asIs);
  }

  subject(template: string, variables: Variables): string {
    return this.plain(template, variables).replace(newlines, ' ').trim();
  }

  /** Of a person who writes to a target, and who may have meant the braces. */
  plainOrLiteral(text: string, variables: Variables): string {
    try {
      return this.plain(text, variables);
    } catch (error) {
      if (error instanceof TemplateError) return text;
      throw error;
    }
  }

  private render(template: string, variables: Variables, escape: (text: string) => string): string {
    // Most texts of persons have no tags, and are each used once: they would only push templates out.
    if (!template.includes('{{')) return template;
    const rendering = new Rendering(escape, this.limits);
    rendering.renderAll(this.parse(template), { view: variables, parent: null });
    return rendering.text;
  }

  private parse(template: string): readonly Token[] {
    const known = this.parsed.get(template);
    if (known) return known;
    const tokens = parseMustache(template);
    this.parsed.set(template, tokens, template.length);
    return tokens;
  }
}

interface Context {
  view: unknown;
  parent: Context | null;
}

/** One part being rendered. */
class Rendering {
  private readonly parts: string[] = [];
  private chars = 0;
  private steps = 0;

  constructor(
    private readonly escape: (text: string) => string,
    private readonly limits: RenderLimits,
  ) {}

  get text(): string {
    return this.parts.join('');
  }

  renderAll(tokens: readonly Token[], context: Context): void {
    for (const token of tokens) {
      this.step();
      if (token.kind === 'text') this.write(token.text);
      else if (token.kind === 'section') this.renderSection(token, context);
      else {
        const text = printed(lookUp(token.path, context));
        this.write(token.isRaw ? text : this.escape(text));
      }
    }
  }

  private renderSection(section: Token & { kind: 'section' }, context: Context): void {
    const value = lookUp(section.path, context);
    if (section.isInverted) {
      if (isFalsy(value)) this.renderAll(section.inner, context);
    } else if (Array.isArray(value)) {
      for (const view of value) {
        this.step();
        this.renderAll(section.inner, { view, parent: context });
      }
    } else if (!isFalsy(value)) this.renderAll(section.inner, { view: value, parent: context });
  }

  private step(): void {
    this.steps += 1;
    if (this.steps > this.limits.maxSteps) throw new TemplateError('too much work', `${this.limits.maxSteps} steps`);
  }

  private write(text: string): void {
    this.chars += text.length;
    if (this.chars > this.limits.maxChars) {
      throw new TemplateError('too long', `over ${this.limits.maxChars} characters`);
    }
    this.parts.push(text);
  }
}

/** The nearest context that has the first key decides: what is missing below it is not looked for further out. */
function lookUp([first, ...rest]: readonly string[], context: Context): unknown {
  if (first === undefined) return context.view;
  for (let around: Context | null = context; around; around = around.parent) {
    if (hasKey(around.view, first)) return rest.reduce(valueOf, around.view[first]);
  }
  return undefined;
}

const valueOf = (view: unknown, key: string): unknown => (hasKey(view, key) ? view[key] : undefined);

/** Own keys only: `constructor` and `__proto__` are words like others. */
const hasKey = (view: unknown, key: string): view is Record<string, unknown> =>
  typeof view === 'object' && view !== null && !Array.isArray(view) && Object.hasOwn(view, key);

const isFalsy = (value: unknown): boolean =>
  value == null || value === false || value === '' || typeof value === 'function' || isEmptyList(value);
const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

function printed(value: unknown): string {
  if (Array.isArray(value)) return value.map((one: unknown) => (Array.isArray(one) ? '' : printed(one))).join(', ');
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    default:
      return '';
  }
}

const newlines = /[\r\n]+/g;
const htmlSigns = /[<>&"]/g;
const htmlEntities: Record<string, string> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' };

export const escapeHtml = (text: string): string => text.replace(htmlSigns, (sign) => htmlEntities[sign] ?? sign);
const asIs = (text: string): string => text;
