const doctype = /^\s*(?:<!--[^]*?-->\s*)*<!doctype[^>]*>/i;

/** Links of a mail open a page of their own: most sites refuse to be shown in a frame. */
const base = '<base target="_blank">';

/** The html of a mail as a document for the frame that shows it. Scripts, forms and addresses outside are up to its headers. */
export const mailDocument = (html: string): string => {
  const [start = ''] = doctype.exec(html) ?? [];
  return start + base + html.slice(start.length);
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
