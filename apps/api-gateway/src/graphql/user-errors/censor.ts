/** As many characters as there were, and nothing of what they said: letters become X, digits 0. */
export const censorText = (text: string): string => text.replace(/\p{N}/gu, '0').replace(/[\p{L}\p{M}]/gu, 'X');

/** Deeper levels are left out: the schema has none. */
const deepest = 12;
const mostItems = 50;

/** A code or a name of a kind. Whoever writes a street into a field for the country wrote a street. */
const readable = /^[\w.:-]{1,32}$/;

export interface CensorRules {
  /** Keys whose values may be read, where they look like a code. */
  cleartext: ReadonlySet<string>;
  /** Keys may hold what a person wrote, too: only those of the schema are kept. */
  isKnownName(name: string): boolean;
}

/** Variables of a request with every text and number censored, but for those under a key that may be read. */
export function censorValue(value: unknown, rules: CensorRules, depth = 0): unknown {
  if (typeof value === 'string') return censorText(value);
  if (typeof value === 'number' || typeof value === 'bigint') return censorText(String(value));
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= deepest) return '…';
  if (Array.isArray(value)) return value.slice(0, mostItems).map((item) => censorValue(item, rules, depth + 1));
  const fields = Object.entries(value).slice(0, mostItems);
  return Object.fromEntries(
    fields.map(([key, inner]) => {
      if (isReadable(key, inner, rules)) return [key, inner];
      return [rules.isKnownName(key) ? key : censorText(key), censorValue(inner, rules, depth + 1)];
    }),
  );
}

const isReadable = (key: string, value: unknown, { cleartext }: CensorRules): boolean =>
  cleartext.has(key) && typeof value !== 'object' && readable.test(String(value));

/** Shorter ones stand in any sentence by chance. */
const shortestLeaf = 3;

/** Every text and number in it, but for what may be read. */
export function leavesOf(value: unknown, rules: CensorRules, depth = 0): string[] {
  if (typeof value === 'string') return value.length >= shortestLeaf ? [value] : [];
  if (typeof value === 'number' || typeof value === 'bigint') return leavesOf(String(value), rules, depth);
  if (typeof value !== 'object' || value === null || depth >= deepest) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    isReadable(key, inner, rules) ? [] : leavesOf(inner, rules, depth + 1),
  );
}

const quoted = /"([^"\n]*)"|'([^'\n]*)'|\u201c([^\u201d\n]*)\u201d/g;
const address = /[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g;
/** A telephone number or a date; the number of a page is shorter. */
const longNumber = /\d{6,}/g;

/** A message of ours or of the engine's: what it quotes is censored unless the schema has that name, and so is what came with the
 *  request. */
export function censorMessage(message: string, leaves: readonly string[], { isKnownName }: CensorRules): string {
  let text = message.replace(quoted, (whole: string) => {
    const inner = whole.slice(1, -1);
    const isKnown = inner
      .split(/[.[\]!\s]+/)
      .every((part) => part === '' || /^\d{1,3}$/.test(part) || isKnownName(part));
    return isKnown ? whole : `${whole[0]}${censorText(inner)}${whole.at(-1)}`;
  });
  for (const leaf of leaves) if (!isKnownName(leaf)) text = text.replaceAll(leaf, censorText(leaf));
  return text.replace(address, censorText).replace(longNumber, censorText);
}
