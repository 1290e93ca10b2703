/** What a text part cannot show. */
const hiddenElements = new Set(['head', 'style', 'script', 'title', 'template', 'noscript']);
const lineElements = new Set([
  'address',
  'article',
  'div',
  'footer',
  'header',
  'section',
  'tr',
  'table',
  'tbody',
  'dd',
  'dt',
]);
const paragraphElements = new Set([
  'p',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'ul',
  'ol',
  'blockquote',
  'pre',
  'dl',
  'hr',
]);

interface Tag {
  name: string;
  isEnd: boolean;
  attributes: string;
}

/**
 * The text of a mail's html, for those who read plain text: paragraphs, list items, and links with their addresses. It lays nothing
 * out: columns of a table come one after the other. One pass, whatever the html.
 */
export function htmlToText(html: string): string {
  const writer = new TextWriter();
  let position = 0;
  while (position < html.length) {
    const start = html.indexOf('<', position);
    writer.text(html.slice(position, start < 0 ? html.length : start));
    if (start < 0) break;
    position = readMarkup(html, start, writer);
  }
  return writer.result();
}

/** Where to go on. */
function readMarkup(html: string, start: number, writer: TextWriter): number {
  if (html.startsWith('<!--', start)) return endOf(html, '-->', start + 4);
  if (!/^<[/!?]?[a-z]/i.test(html.slice(start, start + 3))) {
    writer.text('<');
    return start + 1;
  }
  const end = endOfTag(html, start);
  const tag = readTag(html.slice(start + 1, end - 1));
  if (!tag.isEnd && hiddenElements.has(tag.name)) return endOfElement(html, tag.name, end);
  if (!tag.isEnd && isHidden(tag.attributes)) writer.hide(tag.name);
  else writer.tag(tag);
  return end;
}

const endOf = (html: string, mark: string, from: number): number => {
  const at = html.indexOf(mark, from);
  return at < 0 ? html.length : at + mark.length;
};

/** A `>` in quotes does not end a tag. */
function endOfTag(html: string, start: number): number {
  let quote = '';
  for (let at = start + 1; at < html.length; at += 1) {
    const sign = html[at] as string;
    if (quote !== '') quote = sign === quote ? '' : quote;
    else if (sign === '>') return at + 1;
    else if ((sign === '"' || sign === "'") && html[at - 1] === '=') quote = sign;
  }
  return html.length;
}

function endOfElement(html: string, name: string, from: number): number {
  const end = new RegExp(`</${name}\\b`, 'gi');
  end.lastIndex = from;
  const found = end.exec(html);
  return found ? endOf(html, '>', found.index) : html.length;
}

function readTag(inside: string): Tag {
  const isEnd = inside.startsWith('/');
  const name = /^[a-z][a-z0-9]*/i.exec(isEnd ? inside.slice(1) : inside)?.[0].toLowerCase() ?? '';
  return { name, isEnd, attributes: inside.slice(name.length) };
}

function attribute(attributes: string, name: string): string | null {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(attributes);
  const value = found?.[1] ?? found?.[2] ?? found?.[3];
  return value === undefined ? null : decodeEntities(value).trim();
}

/** As the line that mail programs show beside the subject. */
const isHidden = (attributes: string): boolean => /display\s*:\s*none/i.test(attribute(attributes, 'style') ?? '');

const voidElements = new Set(['br', 'hr', 'img', 'input', 'link', 'meta', 'area', 'base', 'col', 'wbr']);

class TextWriter {
  private readonly parts: string[] = [];
  private link: { href: string; from: number } | null = null;
  /** The element that is not shown, and how many of its name are open. */
  private hidden: { name: string; depth: number } | null = null;

  text(source: string): void {
    if (source !== '' && !this.hidden) this.parts.push(decodeEntities(source.replace(blanks, ' ')));
  }

  hide(name: string): void {
    if (voidElements.has(name)) return;
    if (this.hidden?.name === name) this.hidden.depth += 1;
    else this.hidden ??= { name, depth: 1 };
  }

  tag(tag: Tag): void {
    if (this.hidden) return this.tagInHidden(this.hidden, tag);
    const { name, isEnd, attributes } = tag;
    if (name === 'a') this.endLink();
    if (name === 'a' && !isEnd) this.link = { href: attribute(attributes, 'href') ?? '', from: this.parts.length };
    else if (name === 'br') this.parts.push('\n');
    else if (name === 'li') this.parts.push(isEnd ? '\n' : '\n- ');
    else if (name === 'img') this.text(attribute(attributes, 'alt') ?? '');
    else if (name === 'td' || name === 'th') this.parts.push(' ');
    else if (paragraphElements.has(name)) this.parts.push('\n\n');
    else if (lineElements.has(name)) this.parts.push(lineBreak);
  }

  result(): string {
    this.endLink();
    return this.parts
      .join('')
      .split('\n')
      .map((line) => line.split(lineBreak).map(trimmed).filter(Boolean).join('\n'))
      .join('\n')
      .replace(manyNewlines, '\n\n')
      .trim();
  }

  private tagInHidden(hidden: { name: string; depth: number }, { name, isEnd }: Tag): void {
    if (name !== hidden.name) return;
    hidden.depth += isEnd ? -1 : 1;
    if (hidden.depth === 0) this.hidden = null;
  }

  /** The address after its words, once where the words are the address. */
  private endLink(): void {
    if (!this.link) return;
    const { href, from } = this.link;
    this.link = null;
    const words = trimmed(this.parts.slice(from).join('').replaceAll(lineBreak, ' '));
    if (!/^(https?|mailto|tel):/i.test(href)) return;
    if (words === '') this.parts.push(href);
    else if (words !== href && `mailto:${words}` !== href) this.parts.push(` <${href}>`);
  }
}

/** A line ends here unless it is empty: divs and rows within each other make no empty lines. */
const lineBreak = '\u2028';
const blanks = /\s+/g;
const manyNewlines = /\n{3,}/g;
const trimmed = (line: string): string => line.replace(/ {2,}/g, ' ').trim();

const entity = /&(#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d?);/gi;
const named: Record<string, string> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', shy: '', zwnj: '', zwj: '' },
  ...{ ndash: '–', mdash: '—', hellip: '…', laquo: '«', raquo: '»', lsquo: '‘', rsquo: '’', ldquo: '“', rdquo: '”' },
  ...{ bull: '•', middot: '·', copy: '©', reg: '®', trade: '™', euro: '€', pound: '£', times: '×', rarr: '→' },
};

const decodeEntities = (text: string): string =>
  text.replace(entity, (whole, name: string) => {
    if (!name.startsWith('#')) return Object.hasOwn(named, name) ? (named[name] ?? whole) : whole;
    const code = /^#x/i.test(name) ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
    return isText(code) ? String.fromCodePoint(code) : '';
  });

const isText = (code: number): boolean => code >= 32 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
