import { TemplateError } from './template-error';

export type Token =
  | { kind: 'text'; text: string }
  /** `path`: empty for `{{.}}`. */
  | { kind: 'value'; path: readonly string[]; isRaw: boolean }
  | { kind: 'section'; path: readonly string[]; isInverted: boolean; inner: readonly Token[] };

/** Sections in sections: deeper ones have nothing to say, and rendering calls itself once for each. */
export const maxSectionDepth = 64;

/**
 * Reads mustache in one pass. Takes and refuses what the `mustache` package does, which is held against it in the tests;
 * the package itself makes a token of every character of text, 80 MB and 0.3 s for the longest html a template may have,
 * and goes through runs of blanks in tags with the square of their length.
 */
export const parseMustache = (template: string): readonly Token[] => new Parser(template).parse();

/** While reading: null where a text turned out to be the blanks around a tag that prints nothing. */
type Draft = (Token | null)[];

interface OpenSection {
  name: string;
  outer: Draft;
}

class Parser {
  private position = 0;
  private open = '{{';
  private close = '}}';
  private tokens: Draft = [];
  private readonly sections: OpenSection[] = [];
  private readonly line = new TemplateLine();

  constructor(private readonly template: string) {}

  parse(): readonly Token[] {
    while (this.position < this.template.length) {
      const start = this.template.indexOf(this.open, this.position);
      this.readText(start < 0 ? this.template.length : start);
      if (start >= 0) this.readTag(start + this.open.length);
    }
    this.line.end();
    const unclosed = this.sections.at(-1);
    if (unclosed) throw new TemplateError('unparsable', `unclosed section "${unclosed.name}"`);
    return joined(this.tokens);
  }

  /** One token for each line: lines of tags alone are taken out, with their blanks. */
  private readText(end: number): void {
    while (this.position < end) {
      const newline = this.template.indexOf('\n', this.position);
      const endsLine = newline >= 0 && newline < end;
      const text = this.template.slice(this.position, endsLine ? newline + 1 : end);
      this.position += text.length;
      this.tokens.push({ kind: 'text', text });
      this.line.addText(this.tokens, text);
      if (endsLine) this.line.end();
    }
  }

  private readTag(start: number): void {
    this.position = this.skipBlanks(start);
    const sign = this.template[this.position] ?? '';
    const kind = '#^/>{&=!'.includes(sign) && sign !== '' ? sign : '';
    this.position = this.skipBlanks(this.position + kind.length);
    const content = this.readContent(kind);
    this.line.addTag(kind === '' || kind === '{' || kind === '&');
    this.take(kind, content);
  }

  private readContent(kind: string): string {
    if (kind === '=') {
      const content = this.readUntil('=');
      this.position += 1;
      this.readUntil(this.close);
      this.position += this.close.length;
      return content;
    }
    const end = kind === '{' ? `}${this.close}` : this.close;
    const content = this.readUntil(end);
    this.position += end.length;
    return content;
  }

  private take(kind: string, content: string): void {
    switch (kind) {
      case '#':
      case '^':
        return this.beginSection(content, kind === '^');
      case '/':
        return this.endSection(content);
      case '>':
        throw new TemplateError('partial', `"${content}"`);
      case '=':
        return this.setDelimiters(content);
      case '!':
        return;
      default:
        this.tokens.push({ kind: 'value', path: pathOf(content), isRaw: kind !== '' });
    }
  }

  private beginSection(name: string, isInverted: boolean): void {
    if (this.sections.length >= maxSectionDepth) {
      throw new TemplateError('too deep', `over ${maxSectionDepth} sections`);
    }
    const inner: Draft = [];
    this.tokens.push({ kind: 'section', path: pathOf(name), isInverted, inner: inner as Token[] });
    this.sections.push({ name, outer: this.tokens });
    this.tokens = inner;
  }

  private endSection(name: string): void {
    const section = this.sections.pop();
    if (!section) throw new TemplateError('unparsable', `unopened section "${name}"`);
    if (section.name !== name) throw new TemplateError('unparsable', `unclosed section "${section.name}"`);
    this.tokens = section.outer;
  }

  private setDelimiters(content: string): void {
    const [open, close] = content.split(/\s+/, 2);
    if (!open || !close) throw new TemplateError('unparsable', `delimiters "${content}"`);
    this.open = open;
    this.close = close;
  }

  /** What is before `end`, without blanks at its end; the position is then that of `end`. */
  private readUntil(end: string): string {
    const at = this.template.indexOf(end, this.position);
    if (at < 0) throw new TemplateError('unparsable', `unclosed tag at ${this.position}`);
    const content = this.template.slice(this.position, at).trimEnd();
    this.position = at;
    return content;
  }

  private skipBlanks(from: number): number {
    let at = from;
    while (at < this.template.length && isBlank(this.template[at] as string)) at += 1;
    return at;
  }
}

/** The line being read, as far as is needed to take its blanks out when it holds tags that print nothing, and no more. */
class TemplateLine {
  private blanks: { tokens: Draft; index: number }[] = [];
  private hasTag = false;
  private hasContent = false;

  /** The text is the last of `tokens`. */
  addText(tokens: Draft, text: string): void {
    if (isBlank(text)) this.blanks.push({ tokens, index: tokens.length - 1 });
    else this.hasContent = true;
  }

  addTag(prints: boolean): void {
    this.hasTag = true;
    if (prints) this.hasContent = true;
  }

  end(): void {
    if (this.hasTag && !this.hasContent) for (const { tokens, index } of this.blanks) tokens[index] = null;
    this.blanks = [];
    this.hasTag = false;
    this.hasContent = false;
  }
}

const isBlank = (text: string): boolean => text.trim() === '';

/** `{{.}}` is the context itself. A dot in front belongs to the name. */
const pathOf = (name: string): string[] => (name === '.' ? [] : name.indexOf('.') > 0 ? name.split('.') : [name]);

/** Without what was taken out, and neighbouring texts as one. */
function joined(tokens: Readonly<Draft>): Token[] {
  const kept: Token[] = [];
  let texts: string[] = [];
  const endText = (): void => {
    if (texts.length > 0) kept.push({ kind: 'text', text: texts.join('') });
    texts = [];
  };
  for (const token of tokens) {
    if (token?.kind === 'text') texts.push(token.text);
    else if (token) {
      endText();
      kept.push(token.kind === 'section' ? { ...token, inner: joined(token.inner) } : token);
    }
  }
  endText();
  return kept;
}
