/** What is kept of an answer, characters; and of its subject. */
export const maxReplyLength = 10_000;
export const maxReplySubjectLength = 500;

export interface ReplyText {
  text: string;
  /** Something beyond the length was left out. */
  isCut: boolean;
}

/** Lines that begin what somebody quotes: of the mail programs people have, in the languages of Europe. */
const quoteBegins: readonly RegExp[] = [
  /^\s*-{2,}\s*(original message|forwarded message|ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale|oorspronkelijk bericht|wiadomość oryginalna|původní zpráva)\s*-{2,}\s*$/iu,
  /^\s*_{20,}\s*$/,
  /^\s*(on|am|le|el|il|op|em|den|dnia|w dniu|dne|a)\s.{5,200}\s(wrote|schrieb.{0,80}|a écrit|escribió|ha scritto|schreef.{0,80}|escreveu|skrev.{0,80}|napisał.{0,80}|napsal.{0,80}|írta)\s*:\s*$/iu,
  /^\s*\*?(from|von|de|da|van|från|od)\s?:\*?\s.*(@|<).*$/iu,
];
/** The attribution of a quote may be broken over two lines. */
const attributionStart = /^\s*(on|am|le|el|il|op|em|den|dnia|dne)\s\S/iu;

/** The answer alone: without what it quotes, control characters and ends of lines nobody sees. Plain text. */
export function readableReply(given: string): ReplyText {
  const lines = plain(given).split('\n');
  const own = lines.slice(0, quoteStart(lines));
  while (own.length > 0 && /^\s*(>.*)?$/.test(own.at(-1) ?? '')) own.pop();
  const text = own
    .filter((line) => !/^\s*>/.test(line))
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return { text: text.slice(0, maxReplyLength), isCut: text.length > maxReplyLength };
}

export const readableSubject = (given: string): string =>
  plain(given).replace(/\s+/g, ' ').trim().slice(0, maxReplySubjectLength);

/** Text of HTML, where an answer has no other: blocks become lines, quotes and whatever is no text go. */
export function htmlToText(html: string): string {
  return decodeEntities(
    html
      .replace(/<!--[\s\S]*?(-->|$)/g, '')
      .replace(/<(script|style|head|title)\b[\s\S]*?(<\/\1\s*>|$)/gi, '')
      .replace(
        /<(blockquote|div[^>]{0,200}class="?[^">]{0,100}(gmail_quote|moz-cite-prefix|yahoo_quoted))\b[\s\S]*$/i,
        '',
      )
      .replace(/\s+/g, ' ')
      .replace(/<(br|hr)\b[^<>]*>/gi, '\n')
      .replace(/<\/(p|div|li|tr|h[1-6])\s*>/gi, '\n')
      .replace(/<[^>]*(>|$)/g, ''),
  );
}

/** First line that is not the target's own; the number of lines where there is none. */
function quoteStart(lines: readonly string[]): number {
  const start = lines.findIndex((line, at) => {
    if (beginsQuote(line)) return true;
    return attributionStart.test(line) && beginsQuote(`${line} ${lines[at + 1] ?? ''}`);
  });
  return start < 0 ? lines.length : start;
}

const longestQuoteBegin = 500;

/** The patterns take time that grows with the square of a line. */
const beginsQuote = (line: string): boolean =>
  line.length <= longestQuoteBegin && quoteBegins.some((begin) => begin.test(line));

const plain = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]|[\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu, '');

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

const decodeEntities = (text: string): string =>
  text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return entities[name.toLowerCase()] ?? whole;
      const code = decimal === undefined ? parseInt(hex ?? '', 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
    },
  );

const hostName = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/i;

/** Domain whose mail an org has handed to `/webhook/inbound`, of its config's `replies`; null: targets answer the supporter. */
export function replyDomainOf(config: Readonly<Record<string, unknown>>): string | null {
  const given = config['replies'];
  const domain = typeof given === 'object' && given !== null ? (given as Record<string, unknown>)['domain'] : null;
  return typeof domain === 'string' && hostName.test(domain) ? domain.toLowerCase() : null;
}
