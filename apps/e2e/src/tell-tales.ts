/** Forms in which a text may slip into a log: as it is, in JSON, URLs, quoted-printable, base64 and hexadecimal digits. */
export function formsOf(text: string): string[] {
  const hex = Buffer.from(text, 'utf8').toString('hex');
  const url = encodeURIComponent(text);
  const forms = [
    text,
    JSON.stringify(text).slice(1, -1),
    escapedUnicode(text),
    url,
    url.replaceAll('%20', '+'),
    encodeURIComponent(url),
    hex,
    hex.replaceAll(/..(?!$)/g, '$& '),
    quotedPrintable(text),
    ...base64Forms(text),
  ];
  return [...new Set(forms.filter((form) => form.length >= shortestForm).map((form) => form.toLowerCase()))];
}

const quotedPrintable = (text: string): string =>
  [...Buffer.from(text, 'utf8')]
    .map((byte) => (byte > 126 ? `=${byte.toString(16).padStart(2, '0')}` : String.fromCharCode(byte)))
    .join('');

/** Shorter ones are found everywhere by chance. */
const shortestForm = 5;

const escapedUnicode = (text: string): string =>
  [...text].map((char) => (char > '~' ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}` : char)).join('');

/** What stands in base64 of any text that contains this one: where it begins, three groupings of bits are possible. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8');
  return [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes]);
    const first = Math.ceil((shift * 8) / 6);
    const last = Math.floor((whole.length * 8) / 6);
    return [whole.toString('base64').slice(first, last), whole.toString('base64url').slice(first, last)];
  });
}

/** Which of these texts stand in it, in any form: as `text in form`. */
export function tellTalesIn(haystack: string, texts: readonly string[]): string[] {
  const lower = haystack.toLowerCase();
  return texts.flatMap((text) => formsOf(text).flatMap((form) => (lower.includes(form) ? [`${text} as ${form}`] : [])));
}
