const unstorable = /[\0\p{Cs}]/u;
const everyUnstorable = /[\0\p{Cs}]/gu;
const unstorableEscape = /(?:^|[^\\])(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/;

/** Postgres text and jsonb take neither NUL nor half a surrogate pair: one such text would fail its whole batch. */
export const isStorableText = (text: string): boolean => !unstorable.test(text);

/** The text without the characters Postgres refuses. */
export const toStorableText = (text: string): string =>
  unstorable.test(text) ? text.replace(everyUnstorable, '') : text;

/** The same test for the output of JSON.stringify, which writes both kinds as lower-case escapes. */
export const isStorableJson = (json: string): boolean => !unstorableEscape.test(json);
