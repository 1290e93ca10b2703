import { MailTemplates, type TemplateBody, type TemplateRow } from './mail-templates';
import { RemoteTemplatesAwayError, type RemoteTemplates } from './remote-templates';

type Row = TemplateRow & { orgId: number; body: TemplateBody | null };
const body = (html: string | null): TemplateBody => ({ subject: 'S', html, text: '' });
const row = (id: number, locale: string, change: Partial<Row> = {}): Row => ({
  ...{ id, orgId: 1, name: 'thanks', locale, externalId: null, body: body(`html ${id}`) },
  ...change,
});
const external = (id: number, locale: string, html: string | null = null) =>
  row(id, locale, { externalId: `ext ${id}`, body: body(html) });

/** Templates as an org has them: ours, and those at its provider. */
function templatesOf({ rows = [] as Row[], remote = {} as Record<string, string>, orgLocale = null as string | null }) {
  const lines: object[] = [];
  const clock = { nowMs: 0 };
  const source = {
    rowsNamed: (orgId: number, name: string) => rows.filter((one) => one.orgId === orgId && one.name === name),
    localeOf: () => orgLocale,
    bodyOf: ({ id }: TemplateRow) => Promise.resolve(rows.find((one) => one.id === id)?.body ?? null),
  };
  const asked: string[] = [];
  const remotes: RemoteTemplates = {
    find: (serviceId, name) => {
      asked.push(name);
      if (name === 'away') return Promise.reject(new RemoteTemplatesAwayError(serviceId, 'HTTP 503'));
      return Promise.resolve(remote[name] ?? null);
    },
    has: (_serviceId, ref) => Promise.resolve(Object.values(remote).includes(ref)),
  };
  const logger = { info: (fields: object) => lines.push(fields) };
  const templates = new MailTemplates(source, remotes, logger, () => clock.nowMs);
  const find = (
    locale: string | null,
    kind: 'smtp' | 'ses' | 'preview' | 'mailgun' | 'mailjet' | 'brevo' | 'hubspot',
    name = 'thanks',
    insteadOf?: string,
  ) => templates.find({ orgId: 1, name, locale, service: { id: 5, kind }, insteadOf });
  return { find, lines, asked, clock };
}

describe('templates of ours', () => {
  it('in the locale asked for', async () => {
    const { find, lines } = templatesOf({ rows: [row(1, 'en'), row(2, 'fr')] });
    expect(await find('fr', 'smtp')).toEqual({
      from: 'local',
      id: 2,
      locale: 'fr',
      subject: 'S',
      html: 'html 2',
      text: null,
    });
    expect(lines).toEqual([]);
  });

  it('of that org and name only', async () => {
    const { find } = templatesOf({ rows: [row(1, 'en', { orgId: 2 }), row(2, 'en', { name: 'other' })] });
    expect(await find('en', 'smtp')).toBeNull();
  });

  it('in another locale, which the log tells once in ten minutes', async () => {
    const { find, lines, clock } = templatesOf({ rows: [row(1, 'de'), row(2, 'nl')], orgLocale: 'nl' });
    for (let i = 0; i < 3; i += 1) expect(await find('pt_BR', 'smtp')).toMatchObject({ id: 2 });
    expect(lines).toEqual([{ orgId: 1, template: 'thanks', wanted: 'pt_BR', used: 'nl', step: 'org default' }]);
    clock.nowMs = 600_000;
    await find('pt_BR', 'smtp');
    expect(lines).toHaveLength(2);
  });

  it('before those of the provider', async () => {
    const { find, asked } = templatesOf({ rows: [row(1, 'en')], remote: { thanks: '77' } });
    expect(await find('fr', 'mailjet')).toMatchObject({ from: 'local', id: 1 });
    expect(asked).toEqual([]);
  });

  it('without a locale in English, and the log has nothing to tell', async () => {
    const { find, lines } = templatesOf({ rows: [row(1, 'de'), row(2, 'en')], orgLocale: 'de' });
    expect(await find(null, 'preview')).toMatchObject({ id: 2 });
    expect(lines).toEqual([]);
  });

  it('not where the provider takes no html', async () => {
    const { find } = templatesOf({ rows: [row(1, 'en')] });
    expect(await find('en', 'hubspot')).toBeNull();
  });
});

describe('templates that name one of the provider', () => {
  it.each(['mailjet', 'brevo', 'hubspot'] as const)('%s renders it', async (kind) => {
    const { find } = templatesOf({ rows: [external(1, 'en', 'html')] });
    expect(await find('en', kind)).toEqual({ from: 'provider', ref: 'ext 1' });
  });

  it.each(['smtp', 'ses', 'preview', 'mailgun'] as const)('%s sends our html', async (kind) => {
    const { find } = templatesOf({ rows: [external(1, 'en', 'ours')] });
    expect(await find('en', kind)).toMatchObject({ from: 'local', html: 'ours' });
  });

  it.each(['smtp', 'ses', 'preview', 'mailgun'] as const)(
    'without html %s has none, and no empty mail',
    async (kind) => {
      const { find } = templatesOf({ rows: [external(1, 'en')], remote: { thanks: '77' } });
      expect(await find('en', kind)).toBeNull();
    },
  );
});

describe('templates at the provider, by name', () => {
  it.each(['mailjet', 'brevo'] as const)('%s', async (kind) => {
    const { find } = templatesOf({ remote: { thanks: '77' } });
    expect(await find('en', kind)).toEqual({ from: 'provider', ref: '77' });
    expect(await find('en', kind, 'unknown')).toBeNull();
  });

  it.each(['smtp', 'ses', 'preview', 'mailgun', 'hubspot'] as const)('%s is not asked', async (kind) => {
    const { find, asked } = templatesOf({ remote: { thanks: '77' } });
    expect(await find('en', kind)).toBeNull();
    expect(asked).toEqual([]);
  });

  it('a provider that is away is no "not found", even for names that are built in', async () => {
    const { find } = templatesOf({});
    await expect(find('en', 'mailjet', 'away')).rejects.toThrow(RemoteTemplatesAwayError);
  });
});

describe('templates for a transactional backend', () => {
  it.each(['mailjet', 'brevo'] as const)('%s: a ref is its own where it lists it', async (kind) => {
    const rows = [external(1, 'en', 'ours')];
    const found = await templatesOf({ rows, remote: { other: 'ext 1' } }).find('en', kind, 'thanks', 'mailjet');
    expect(found).toEqual({ from: 'provider', ref: 'ext 1' });
    const { find } = templatesOf({ rows, remote: { other: '7' } });
    expect(await find('en', kind, 'thanks', 'mailjet')).toMatchObject({ from: 'local', html: 'ours' });
  });

  it.each([
    ['mailjet', 'brevo', null],
    ['hubspot', 'mailjet', null],
    ['smtp', 'mailjet', null],
    ['hubspot', 'smtp', { from: 'provider', ref: 'ext 1' }],
    ['mailjet', 'mailgun', { from: 'provider', ref: 'ext 1' }],
  ] as const)('%s instead of %s, of a template that only names one', async (kind, insteadOf, expected) => {
    const { find } = templatesOf({ rows: [external(1, 'en')] });
    expect(await find('en', kind, 'thanks', insteadOf)).toEqual(expected);
  });

  it('no built-in one while the email backend may have its own', async () => {
    const { find } = templatesOf({});
    expect(await find('en', 'smtp', 'thank_you', 'mailjet')).toBeNull();
    expect(await find('en', 'smtp', 'thank_you', 'ses')).toMatchObject({ from: 'built-in' });
  });
});

describe('built-in templates', () => {
  it.each(['user_reset_password', 'confirm_action', 'thank_you'])('%s', async (name) => {
    const { find } = templatesOf({});
    expect(await find(null, 'smtp', name)).toMatchObject({ from: 'built-in', name, locale: 'en' });
    expect(await find('fr', 'mailjet', name)).toMatchObject({ from: 'built-in', name });
    expect(await find(null, 'hubspot', name)).toBeNull();
  });

  it('give way to those of the org', async () => {
    const name = 'user_reset_password';
    const { find } = templatesOf({ rows: [row(1, 'fr', { name })], remote: { add_staffer: '9' } });
    expect(await find(null, 'smtp', name)).toMatchObject({ from: 'local', id: 1 });
    expect(await find(null, 'brevo', 'add_staffer')).toEqual({ from: 'provider', ref: '9' });
  });

  it('stand in for one that cannot be sent', async () => {
    const { find } = templatesOf({ rows: [{ ...external(1, 'en'), name: 'add_staffer' }] });
    expect(await find(null, 'smtp', 'add_staffer')).toMatchObject({ from: 'built-in' });
  });
});
