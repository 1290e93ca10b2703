import request from 'supertest';
import { longestPart, mailsPerPage } from '../../src/mailbox/preview-mail.read-model';
import { AccountsFixture } from './accounts.fixture';
import type { TransportApp } from './transport.fixture';

interface Preview {
  message_id: string;
  from_address: string;
  from_name: string | null;
  to_address: string;
  to_name: string | null;
  subject: string;
  html: string | null;
  text: string | null;
  source: string;
  headers: object;
}

let accounts: AccountsFixture;
let gateway: TransportApp;
let count = 0;

beforeAll(async () => {
  accounts = await AccountsFixture.create();
  gateway = await accounts.start();
});
afterAll(() => accounts.close());
beforeEach(() => accounts.rows('truncate mail.previews'));

const keep = async (changes: Partial<Preview> = {}): Promise<string> => {
  count += 1;
  const mail: Preview = {
    message_id: `action.${count}.abc@example.org`,
    from_address: 'org@example.org',
    from_name: 'Green Org',
    to_address: `ada${count}@example.org`,
    to_name: null,
    subject: `Thank you ${count}`,
    html: '<p>Hello</p>',
    text: 'Hello',
    source: 'Subject: Thank you\r\n\r\nHello',
    headers: {},
    ...changes,
  };
  const names = Object.keys(mail);
  const [row] = await accounts.rows<{ id: string }>(
    `insert into mail.previews (${names.join(', ')}) values (${names.map((_, i) => `$${i + 1}`).join(', ')}) returning id`,
    Object.values(mail),
  );
  return String(row?.id);
};
const get = (path: string, of = gateway) => request(of.app.getHttpServer()).get(path);
const open = async (path: string): Promise<string> => {
  const answer = await get(path);
  expect([path, answer.status]).toEqual([path, 200]);
  return answer.text;
};
const subjectsOn = (html: string): string[] =>
  [...html.matchAll(/<td class="subject"><a href="[^"]*">([^<]*)</g)].map(([, subject]) => String(subject));
const linkOn = (html: string, text: string): string | undefined =>
  new RegExp(`<a href="([^"]*)"[^>]*>${text}</a>`).exec(html)?.[1];

describe('MAILBOX_ENABLE', () => {
  const statusesOf = async (of: TransportApp, id: string) => {
    const paths = ['', `/${id}`, `/${id}/html`, `/${id}/text`, `/${id}/source`, '/style.css'];
    return Promise.all(paths.map(async (path) => (await get(`/mailbox${path}`, of)).status));
  };

  it.each([
    ['is off in production', { NODE_ENV: 'production', FINGERPRINT_SEED: 'seed' }],
    ['can be switched off', { MAILBOX_ENABLE: 'false' }],
  ])('%s: every route is 404', async (_name, environment) => {
    const off = await accounts.start(environment);
    expect(await statusesOf(off, await keep())).toEqual([404, 404, 404, 404, 404, 404]);
  });

  it('can be switched on in production, and needs no page of accounts', async () => {
    const environment = { NODE_ENV: 'production', FINGERPRINT_SEED: 'seed', MAILBOX_ENABLE: 'true' };
    const on = await accounts.start(environment);
    expect(await statusesOf(on, await keep())).toEqual([200, 200, 200, 200, 200, 200]);
    expect((await get('/users/log_in', on)).status).toBe(404);
  });
});

describe('the list', () => {
  it('says so when there are none', async () => {
    const html = await open('/mailbox');
    expect(html).toContain('No mails here.');
    expect(html).not.toContain('<table>');
  });

  it('shows the newest first: subject, people, when', async () => {
    await keep({ subject: 'First' });
    const id = await keep({ subject: '', to_name: 'Ada Lovelace', to_address: 'ada@example.org' });
    await accounts.rows(`update mail.previews set created_at = '2026-01-31T10:20:30.5Z' where id = $1`, [id]);
    const html = await open('/mailbox');
    expect(subjectsOn(html)).toEqual(['(no subject)', 'First']);
    expect(html).toContain('Ada Lovelace<br><span class="address">ada@example.org</span></td>');
    expect(html).toContain('Green Org<br><span class="address">org@example.org</span></td>');
    expect(html).toContain('<time datetime="2026-01-31T10:20:30.500Z">2026-01-31 10:20:30</time>');
    expect(linkOn(html, 'Older')).toBeUndefined();
    expect(linkOn(html, 'Newer')).toBeUndefined();
  });

  it('has pages, back and forth without a gap', async () => {
    await accounts.rows(
      `insert into mail.previews (message_id, from_address, to_address, subject, source)
         select 'p' || n, 'a@b.org', 'c@d.org', 's' || n, '' from generate_series(1, $1::int) n`,
      [2 * mailsPerPage + 1],
    );
    const first = await open('/mailbox');
    const second = await open(String(linkOn(first, 'Older')));
    const third = await open(String(linkOn(second, 'Older')));
    const all = [first, second, third].flatMap(subjectsOn);
    expect(all).toEqual(Array.from({ length: 2 * mailsPerPage + 1 }, (_, i) => `s${2 * mailsPerPage + 1 - i}`));
    expect([first, second, third].map((page) => subjectsOn(page).length)).toEqual([mailsPerPage, mailsPerPage, 1]);
    expect(linkOn(third, 'Older')).toBeUndefined();
    expect(subjectsOn(await open(String(linkOn(third, 'Newer'))))).toEqual(subjectsOn(second));
    const back = await open(String(linkOn(second, 'Newer')));
    expect(subjectsOn(back)).toEqual(subjectsOn(first));
    expect(linkOn(back, 'Newer')).toBeUndefined();
    expect(linkOn(second, 'Newest')).toBe('/mailbox');
  });

  it.each(['?before=x', '?before=', '?before=1&before=2', `?after=${'9'.repeat(30)}`, '?before[]=1'])(
    'begins at the newest for %s',
    async (query) => {
      await keep({ subject: 'Here' });
      expect(subjectsOn(await open(`/mailbox${query}`))).toEqual(['Here']);
    },
  );
});

describe('a mail', () => {
  it('shows its html in a frame of an origin of its own', async () => {
    const id = await keep({
      headers: { 'List-Unsubscribe': '<https://a.org/u>' },
      message_id: 'action.5.x@example.org',
    });
    const html = await open(`/mailbox/${id}`);
    expect(html).toContain(
      `<iframe src="/mailbox/${id}/html" title="The mail as html" sandbox="allow-popups allow-popups-to-escape-sandbox"`,
    );
    expect(html).toContain('<dt>List-Unsubscribe</dt><dd>&lt;https://a.org/u&gt;</dd>');
    expect(html).toContain('<dd>action.5.x@example.org</dd>');
    expect(html).toContain(`<a href="/mailbox/${id}" aria-current="page">Html</a>`);
    expect(linkOn(html, 'Text')).toBe(`/mailbox/${id}/text`);
    expect(linkOn(html, 'Source')).toBe(`/mailbox/${id}/source`);
  });

  it('sends the html as it is, with no right to anything but style and images', async () => {
    const html = '<!doctype html><html><head><style>p{}</style></head><a href="https://a.org">x</a><script>1</script>';
    const answer = await get(`/mailbox/${await keep({ html })}/html`);
    expect(answer.text).toBe(html.replace('<!doctype html>', '<!doctype html><base target="_blank">'));
    expect(String(answer.headers['content-security-policy']).split('; ').sort()).toEqual([
      "base-uri 'none'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'self'",
      'img-src data: https:',
      'sandbox allow-popups allow-popups-to-escape-sandbox',
      "script-src 'none'",
      "style-src 'unsafe-inline'",
    ]);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
    });
  });

  it('shows its text with links that open', async () => {
    const id = await keep({ text: 'Please confirm:\nhttps://a.org/link?a=1&b=2.\n<b>{{title}}</b>' });
    const html = await open(`/mailbox/${id}/text`);
    expect(html).toContain(
      '<pre>Please confirm:\n<a href="https://a.org/link?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">',
    );
    expect(html).toContain('.\n&lt;b&gt;{{title}}&lt;/b&gt;</pre>');
    expect(html).not.toContain('<iframe');
  });

  it('shows its source', async () => {
    const html = await open(`/mailbox/${await keep({ source: 'X: 1\r\n\r\n<html> https://a.org' })}/source`);
    expect(html).toContain('<pre>X: 1\r\n\r\n&lt;html&gt; https://a.org</pre>');
  });

  it('shows the text first where there is no html, the source where there is nothing else', async () => {
    const [plain, none] = [await keep({ html: null }), await keep({ html: '', text: null, source: 'Source of it' })];
    expect(await open(`/mailbox/${plain}`)).toContain('<pre>Hello</pre>');
    expect(await open(`/mailbox/${none}`)).toContain('<pre>Source of it</pre>');
    expect((await get(`/mailbox/${plain}/html`)).status).toBe(404);
    expect((await get(`/mailbox/${none}/text`)).status).toBe(404);
  });

  it('is found by its Message-ID too; the id of a row comes first', async () => {
    const id = await keep({ subject: 'By row', message_id: `user.ada+1@example.org.${'x'.repeat(40)}@example.org` });
    await keep({ subject: 'By Message-ID', message_id: id });
    expect(await open(`/mailbox/${id}`)).toContain('<h1>By row</h1>');
    await keep({ subject: 'Letter', message_id: 'letter:9@example.org' });
    expect(await open(`/mailbox/${encodeURIComponent('letter:9@example.org')}`)).toContain('<h1>Letter</h1>');
  });

  it.each(['0', '9'.repeat(30), 'nothing', '%00', "'", '%F0%9F', '..%2F..%2Fapi', 'x'.repeat(101)])(
    'that is not there is not found: %s',
    async (id) => {
      for (const part of ['', '/html', '/text', '/source']) {
        const { status } = await get(`/mailbox/${id}${part}`);
        // Fastify's own answers to what is no path, or a long one.
        expect([400, 404, 414]).toContain(status);
      }
      expect(gateway.logged).toEqual([]);
    },
  );

  it('says where it was cut', async () => {
    const [whole, cut] = [
      await keep({ text: 'x'.repeat(longestPart) }),
      await keep({ text: 'é'.repeat(longestPart + 1) }),
    ];
    expect(await open(`/mailbox/${whole}/text`)).not.toContain('only the beginning');
    expect(await open(`/mailbox/${cut}/text`)).toContain('This is only the beginning');
  });
});

describe('what senders write', () => {
  const wicked = '"><script>alert(1)</script>{{{title}}}{{> content}}';
  const mail: Partial<Preview> = {
    subject: wicked,
    from_name: wicked,
    to_name: wicked,
    to_address: wicked,
    message_id: wicked,
    text: wicked,
    source: wicked,
    headers: { [wicked]: wicked, Other: [wicked] },
  };

  it('is nowhere a part of our pages', async () => {
    const id = await keep(mail);
    for (const path of ['', `/${id}`, `/${id}/text`, `/${id}/source`]) {
      const html = await open(`/mailbox${path}`);
      expect(html).toContain('{{{title}}}{{&gt; content}}');
      expect(html).not.toContain('<script');
    }
  });

  it('and would not run: pages may load our style alone, and nobody frames or reads them', async () => {
    const id = await keep(mail);
    for (const path of ['/mailbox', `/mailbox/${id}`, `/mailbox/${id}/text`, `/mailbox/${id}/source`, '/mailbox/0']) {
      const { headers } = await get(path).set('origin', 'https://evil.example').set('referer', 'https://evil.example/');
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy':
          "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'x-frame-options': 'DENY',
      });
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
    expect((await get(`/mailbox/${id}/html`).set('origin', 'https://evil.example')).headers).not.toHaveProperty(
      'access-control-allow-origin',
    );
  });
});

it('only reads: the gateway has no other right to these mails', async () => {
  await expect(accounts.database.query(`delete from mail.previews`)).rejects.toThrow(/permission denied/);
  await expect(accounts.database.query('select recipient from mail.deliveries')).rejects.toThrow(/permission denied/);
});

it('asks to try again while the database is away', async () => {
  const id = await keep();
  await accounts.database.close();
  for (const path of ['', `/${id}`, `/${id}/html`]) {
    const answer = await get(`/mailbox${path}`);
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '10']);
    expect(answer.text).toContain('Please try again');
  }
});
