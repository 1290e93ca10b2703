import request from 'supertest';

type Server = Parameters<typeof request>[0];

/** As much of a browser as pages without scripts need: cookies, redirects, forms. */
export class Browser {
  readonly cookies = new Map<string, string>();
  /** Of the last page, after redirects. */
  path = '';
  status = 0;
  html = '';
  headers: Record<string, string> = {};
  /** Of the last answer that set any. */
  setCookies: string[] = [];

  constructor(
    private readonly server: Server,
    private readonly address: string,
  ) {}

  open(path: string): Promise<this> {
    return this.load(path, request(this.server).get(path));
  }

  post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<this> {
    return this.load(path, request(this.server).post(path).set(headers).type('form').send(fields));
  }

  /** Fills in a form of the page and sends it with all its hidden fields. */
  send(id: string, fields: object, headers: Record<string, string> = {}): Promise<this> {
    const form = new RegExp(`<form method="post" action="([^"]*)" id="${id}"[\\s\\S]*?</form>`).exec(this.html);
    if (!form) throw new Error(`no form ${id} on ${this.path}:\n${this.html}`);
    const hidden = Object.fromEntries(
      [...form[0].matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name, value]) => [
        name,
        value,
      ]),
    ) as Record<string, string>;
    return this.post(String(form[1]).replaceAll('&amp;', '&'), { ...hidden, ...fields }, headers);
  }

  logOut(): Promise<this> {
    return this.post('/users/log_out', { _csrf_token: this.csrfToken(), _method: 'delete' });
  }

  csrfToken(): string {
    return this.session().csrfToken;
  }

  /** What the signed cookie holds. */
  session(): { token: string | null; csrfToken: string } {
    const [text = ''] = String(this.cookies.get('_proca_key')).split('.');
    return JSON.parse(Buffer.from(text, 'base64url').toString()) as { token: string | null; csrfToken: string };
  }

  private async load(path: string, call: request.Test): Promise<this> {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ');
    const headers = { cookie, accept: 'text/html,*/*;q=0.8', 'x-forwarded-for': this.address };
    const answer = await call.set(headers);
    this.keep(([answer.headers['set-cookie'] ?? []] as unknown as string[][]).flat());
    const { location } = answer.headers as Record<string, string>;
    if (answer.status === 303 && location) return this.open(location);
    Object.assign(this, { path, status: answer.status, html: answer.text, headers: answer.headers });
    return this;
  }

  private keep(set: string[]): void {
    if (set.some((one) => one.startsWith('_proca_user'))) this.setCookies = set;
    for (const one of set) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(one) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, decodeURIComponent(value));
    }
  }
}
