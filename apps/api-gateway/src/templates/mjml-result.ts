import { isMailTemplate } from '@groundswell/domain';

export interface MjmlFault {
  /** Null where the compiler does not know. */
  line: number | null;
  message: string;
}

export interface MjmlResult {
  html: string;
  faults: MjmlFault[];
}

const include = /<mj-include\b/gi;
const sectionTag = /\{\{\s*[#^/][^{}]*\}\}/g;

/** Found before compiling. */
export const includeFaults = (source: string): MjmlFault[] =>
  [...source.matchAll(include)].map(({ index }) => ({ line: lineAt(source, index), message: 'no includes' }));

/** What compiling has done to the mustache in it: text between two elements, as a section around them, is dropped. */
export function mustacheFaults(source: string, html: string): MjmlFault[] {
  const kept = new Set([...html.matchAll(sectionTag)].map(([tag]) => withoutBlanks(tag)));
  const lost = [...source.matchAll(sectionTag)].filter(([tag]) => !kept.has(withoutBlanks(tag)));
  if (lost.length === 0 && !isMailTemplate(html)) return [{ line: null, message: 'breaks the mustache in it' }];
  return lost.map(({ 0: tag, index }) => ({
    line: lineAt(source, index),
    message: `${tag} between elements belongs in mj-raw`,
  }));
}

const withoutBlanks = (tag: string): string => tag.replace(/\s+/g, '');
const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;
