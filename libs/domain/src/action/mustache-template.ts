import mustache from 'mustache';

/** Not mustache.parse: that one keeps every text ever parsed in memory. */
const writer: { templateCache?: unknown } & InstanceType<typeof mustache.Writer> = new mustache.Writer();
writer.templateCache = undefined;

/** Whether a text compiles as mustache: every tag closed, every section ended. */
export function isMustacheTemplate(text: string): boolean {
  if (!text.includes('{{')) return true;
  try {
    writer.parse(text);
    return true;
  } catch {
    // The parser throws only on bad templates, and that is the answer.
    return false;
  }
}
