/**
 * Whether a text matches an SQL LIKE pattern: `%` any text, `_` one character, backslash takes the next literally;
 * case-sensitive. Steps are bounded by pattern × text, whatever the pattern.
 */
export function isLike(text: string, pattern: string): boolean {
  const wanted = tokensOf(pattern);
  const characters = [...text];
  let [at, next] = [0, 0];
  let [afterAny, retryAt] = [-1, 0];
  while (at < characters.length) {
    const token = wanted[next];
    if (token === anyText) {
      next += 1;
      [afterAny, retryAt] = [next, at];
    } else if (token === anyCharacter || (token !== undefined && token === `=${characters[at]}`)) {
      at += 1;
      next += 1;
    } else if (afterAny >= 0) {
      retryAt += 1;
      [at, next] = [retryAt, afterAny];
    } else return false;
  }
  return wanted.slice(next).every((token) => token === anyText);
}

const anyText = '%';
const anyCharacter = '_';

/** Literal characters get a mark, so that an escaped `%` is none of the above. */
function tokensOf(pattern: string): string[] {
  const tokens: string[] = [];
  let isEscaped = false;
  for (const character of pattern) {
    if (!isEscaped && character === '\\') isEscaped = true;
    else {
      tokens.push(!isEscaped && (character === anyText || character === anyCharacter) ? character : `=${character}`);
      isEscaped = false;
    }
  }
  return tokens;
}
