import mustache from 'mustache';

/** A token of the parser: its kind, and at 4 those within a section. */
type Token = { 0: string; 4?: Token[] | string | number };

/** Not mustache.parse: that one keeps every text ever parsed in memory. */
const writer: { templateCache?: unknown } & InstanceType<typeof mustache.Writer> = new mustache.Writer();
writer.templateCache = undefined;

const newDelimiters = /\{\{\s*=/;
const opening = /\{\{\s*(\{?)/g;
/** Looking for the end of a tag, the parser goes through each run of blanks once for each of its characters. */
const longBlanks = /\s{17,}/g;
const fewBlanks = ' '.repeat(16);

/**
 * Only the tags of a text, with few blanks in them: the parser goes through all else letter by letter (0.5 s for 1 MB),
 * and none of it decides whether the text compiles. Where other delimiters are set, all of the text.
 */
function essenceOf(text: string): string {
  if (newDelimiters.test(text)) return text.replace(longBlanks, fewBlanks);
  const tags: string[] = [];
  opening.lastIndex = 0;
  for (let found = opening.exec(text); found; found = opening.exec(text)) {
    const end = text.indexOf(found[1] ? '}}}' : '}}', opening.lastIndex);
    const next = end < 0 ? text.length : end + (found[1] ? 3 : 2);
    tags.push(text.slice(found.index, next));
    opening.lastIndex = next;
  }
  return tags.join('').replace(longBlanks, fewBlanks);
}

function parse(text: string): Token[] | null {
  try {
    return writer.parse(essenceOf(text)) as unknown as Token[];
  } catch {
    // The parser throws only on bad templates, and that is the answer.
    return null;
  }
}

/** Whether a text compiles as mustache: every tag closed, every section ended. */
export const isMustacheTemplate = (text: string): boolean => !text.includes('{{') || parse(text) !== null;

/** The same for templates of orgs: they may take in no others, which would be files of the sender (email-and-mtt.md 2.2). */
export function isMailTemplate(text: string): boolean {
  if (!text.includes('{{')) return true;
  const tokens = parse(text);
  if (tokens === null) return false;
  const waiting = [...tokens];
  for (let token = waiting.pop(); token; token = waiting.pop()) {
    if (token[0] === '>') return false;
    if (Array.isArray(token[4])) for (const inner of token[4]) waiting.push(inner);
  }
  return true;
}
