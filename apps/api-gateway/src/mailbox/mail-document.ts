const commentStart = /\s*<!--/y;
const doctype = /\s*<!doctype[^>]*>/iy;

/** Where a pattern that begins at an index ends; null where it does not match there. */
function endOf(pattern: RegExp, html: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(html) ? pattern.lastIndex : null;
}

/** Where the doctype ends, which comments may come before; 0 without one. */
function startOfContent(html: string): number {
  let at = 0;
  for (let text = endOf(commentStart, html, at); text !== null; text = endOf(commentStart, html, at)) {
    const end = html.indexOf('-->', text);
    if (end < 0) return 0;
    at = end + 3;
  }
  return endOf(doctype, html, at) ?? 0;
}

/** Links of a mail open a page of their own: most sites refuse to be shown in a frame. */
const base = '<base target="_blank">';

/** The html of a mail as a document for the frame that shows it. Scripts, forms and addresses outside are up to its headers. */
export const mailDocument = (html: string): string => {
  const start = startOfContent(html);
  return html.slice(0, start) + base + html.slice(start);
};

/**
 * A document of an origin of its own, without scripts or forms. What its links open is an ordinary page. A sandboxed
 * document that asks for an opener policy is not shown at all.
 */
export const mailDocumentHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    'img-src data: https:',
    "style-src 'unsafe-inline'",
    "script-src 'none'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
    'sandbox allow-popups allow-popups-to-escape-sandbox',
  ].join('; '),
  'cross-origin-opener-policy': 'unsafe-none',
  'x-frame-options': 'SAMEORIGIN',
};
