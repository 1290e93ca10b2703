/** What a link answers, apart from how it is sent. */
export interface LinkAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** The address of a link holds the supporter's reference: no page it leads to may learn it, no cache may keep it. */
const common: Record<string, string> = {
  'access-control-allow-origin': '*',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
};

export const textAnswer = (body: string, status: 200 | 400 = 200): LinkAnswer => ({
  status,
  headers: { ...common, 'content-type': 'text/plain; charset=utf-8' },
  body,
});

export const errorAnswer = (status: 400 | 404 | 410, message: string): LinkAnswer => ({
  status,
  headers: { ...common, 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify({ errors: [{ message }] }),
});

/** Browsers ask for email and password and come again. */
export const unauthorizedAnswer = (): LinkAnswer => ({
  status: 401,
  headers: { ...common, 'content-type': 'text/plain; charset=utf-8', 'www-authenticate': 'Basic realm="Proca"' },
  body: 'unauthorized',
});

export const tooManyAnswer = (retryAfterSeconds: number, message: string): LinkAnswer => ({
  status: 429,
  headers: { ...common, 'content-type': 'text/plain; charset=utf-8', 'retry-after': String(retryAfterSeconds) },
  body: message,
});

export const redirectAnswer = (location: string): LinkAnswer => ({
  status: 302,
  headers: { ...common, location },
  body: '',
});

/** To a page of ours, for callers who take pages. */
export const seeOtherAnswer = (location: string): LinkAnswer => ({
  status: 303,
  headers: { ...common, location, vary: 'accept' },
  body: '',
});

export interface PageOptions {
  status?: number;
  language: string;
  title: string;
  /** HTML, already escaped. */
  main: string;
  /** Origins a form of the page may lead to beside our own: browsers check them at the redirect after a POST. */
  formOrigins?: readonly string[];
  headers?: Record<string, string>;
}

/** A small page that needs no script. Every value in it is escaped by the caller's `html`. */
export function pageAnswer({ status, language, title, main, formOrigins, headers }: PageOptions): LinkAnswer {
  const policy = [
    `default-src 'none'`,
    `style-src 'unsafe-inline'`,
    `form-action ${["'self'", ...(formOrigins ?? [])].join(' ')}`,
    `base-uri 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ');
  return {
    status: status ?? 200,
    headers: {
      ...common,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'x-frame-options': 'DENY',
      ...headers,
    },
    body: html`<!doctype html>
      <html lang="${language}">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>${title}</title>
          <style>
            ${raw(style)}
          </style>
        </head>
        <body>
          <main>${raw(main)}</main>
        </body>
      </html> `,
  };
}

const style = [
  ':root{color-scheme:light dark;font:1.125rem/1.5 system-ui,sans-serif}',
  'body{margin:0;min-height:100vh;display:grid;place-items:center}',
  'main{max-width:32rem;padding:2rem}',
  'button{font:inherit;font-weight:600;padding:.75rem 1.5rem;border:0;border-radius:.5rem;cursor:pointer;',
  'background:#1d4ed8;color:#fff}',
  'button:focus-visible{outline:3px solid #f59e0b;outline-offset:3px}',
].join('');

class Raw {
  constructor(readonly text: string) {}
}

/** Text that is HTML already. */
export const raw = (text: string): Raw => new Raw(text);

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');

/** Template tag: escapes every value that is not `raw`. */
export const html = (parts: TemplateStringsArray, ...values: (string | Raw)[]): string =>
  parts.reduce((text, part, index) => {
    const value = values[index - 1] ?? '';
    return text + (value instanceof Raw ? value.text : escapeHtml(value)) + part;
  });
