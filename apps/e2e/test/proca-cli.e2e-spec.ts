import { hashPassword } from '@groundswell/crypto';
import { waitFor } from '@groundswell/testing';
import { newEmail, unique } from '../src/campaign-world';
import { ProcaCli } from '../src/proca-cli';
import { TestFleet } from '../src/test-fleet';

type Printed = Record<string, unknown>;

/** Each command is a process of its own. */
const storyMs = 300_000;
const adminPerms = 15;

/** clients.md §3: one story, told in the order an organiser works; each part builds on those before. */
describe('an organiser works with the proca CLI 2.5.1', () => {
  let fleet: TestFleet;
  let cli: ProcaCli;
  let admin: ProcaCli;
  const org = unique('org');
  const campaign = unique('campaign');
  const pageName = `${campaign}/${org}/en`;
  const supporter = newEmail();
  let pageId: string;

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await fleet.start();
    cli = await signIn();
    admin = await signIn(adminPerms);
  }, storyMs);
  afterAll(async () => {
    for (const one of [cli, admin]) one.remove();
    await fleet.stop();
  });

  /** What the campaign says of confirming then. The program cannot read the answer (clients.md §3). */
  const confirmedAs = async (...flags: string[]): Promise<[boolean, string]> => {
    expect((await cli.run('action', 'confirm', '--campaign', campaign, ...flags)).stderr).toContain('TypeError');
    const { rows } = await fleet.sql.query<{ asks: boolean; template: string }>(
      `select supporter_confirm as asks, supporter_confirm_template as template
         from catalog.campaigns where name = $1`,
      [campaign],
    );
    return [rows[0]!.asks, rows[0]!.template];
  };

  /** As `user list` shows them. */
  const rolesOfTeam = async (): Promise<unknown[]> => {
    const team = await admin.json<{ roles: { role: string; org: { name: string } }[] }[]>('user', 'list', '-o', org);
    return team.map(({ roles }) => roles.find((one) => one.org.name === org)?.role).sort();
  };

  const signIn = async (perms = 0): Promise<ProcaCli> => {
    const [email, password] = [newEmail(), unique('password')];
    const user = [email, await hashPassword(password, 4), perms];
    await fleet.sql.query('insert into catalog.users (email, hashed_password, perms) values ($1, $2, $3)', user);
    return ProcaCli.signIn(fleet.gatewayUrl, email, password);
  };

  it(
    'config: a token kept in a file, the server and who one is',
    async () => {
      expect(await admin.json('config', 'server')).toEqual([
        { name: 'proca', version: expect.stringMatching(/^\d+\.\d+\.\d+$/), logLevel: 'info', url: admin.apiUrl },
      ]);
      expect(await cli.json('config', 'user')).toEqual([
        expect.objectContaining({ id: expect.any(Number), isAdmin: false, roles: [], email: expect.any(String) }),
      ]);
      expect((await cli.run('org', 'get', '-n', 'nobody')).stderr).toContain('org not found');
    },
    storyMs,
  );

  it(
    'org: add, crm, service, email, template, get',
    async () => {
      expect(await cli.json('org', 'add', '-n', org, '-t', 'Our org')).toEqual([
        { name: org, title: 'Our org', config: '{}' },
      ]);
      const [crm] = await cli.json<Printed[]>('org', 'crm', '-n', org, '--synchronize');
      expect(crm).toMatchObject({ name: org, processing: { customActionDeliver: true } });
      const host = 'tls://mail.example.org:587';
      const service = ['--type', 'smtp', '--host', host, '--user', 'u', '--password', 'p'];
      expect(await cli.ok('service', 'add', '-o', org, ...service)).toMatch(
        /host +: tls:\/\/mail[^]*name +: SMTP[^]*user +: u/,
      );
      expect(await cli.ok('service', 'list', '-o', org)).toMatch(/tls:\/\/mail\.example\.org:587 +\d+ +SMTP +u/);
      const email = await cli.ok('org', 'email', '-n', org, '--mailer', 'smtp', '--from', 'us@example.org');
      expect(email).toMatch(/mailer +: SMTP/);
      expect(email).toMatch(/from +: us@example\.org/);
      await cli.ok('template', 'add', '-o', org, '--type', 'thankyou', '-l', 'en', '-s', 'Thanks', '--json');
      expect(await cli.ok('template', 'list', '-o', org)).toContain('thankyou@en');
      expect(await cli.json('org', 'get', '-n', org)).toMatchObject([
        {
          ...{ name: org, config: {}, keys: [], personalData: { contactSchema: 'BASIC', highSecurity: false } },
          services: [{ name: 'SMTP', host, user: 'u' }],
        },
      ]);
    },
    storyMs,
  );

  it(
    'action confirm: asked of all of an org, and no longer',
    async () => {
      const asked = await cli.ok('action', 'confirm', '--org', org, '--template', 'thankyou');
      expect(asked).toMatch(/template +: thankyou\s+confirm +: true/);
      expect(await cli.ok('template', 'list', '-o', org)).toMatch(/thankyou@en +enabled/);
      expect(await cli.json('org', 'get', '-n', org)).toMatchObject([
        { personalData: { supporterConfirm: true, supporterConfirmTemplate: 'thankyou' } },
      ]);
      expect(await cli.ok('action', 'confirm', '--org', org, '--no-confirm')).toMatch(/confirm +: false/);
      expect(await cli.ok('template', 'list', '-o', org)).toMatch(/thankyou@en +disabled/);
    },
    storyMs,
  );

  it(
    'campaign: add, copy, status, mtt, get, list, target add',
    async () => {
      const added = await cli.json<Printed[]>('campaign', 'add', '-n', campaign, '-o', org, '--title', 'Rivers');
      expect(added).toMatchObject([{ addCampaign: { name: campaign, title: 'Rivers' } }]);
      expect(await cli.ok('campaign', 'copy', '-n', campaign, '--to', `${campaign}-2`)).toContain('Campaign created');
      const status = await cli.ok('campaign', 'status', '-n', `${campaign}-2`, '--status', 'closed', '--json');
      expect(status).toContain('CLOSED');
      const mtt = ['--from', '2030-01-01', '--to', '2030-02-01', '--email', 'test@example.org'];
      expect(await cli.ok('campaign', 'mtt', '-n', campaign, ...mtt)).toMatch(/test email +: test@example\.org/);
      expect(await cli.json('campaign', 'get', '-n', campaign)).toMatchObject([
        {
          ...{ name: campaign, title: 'Rivers', org: { name: org }, stats: { supporterCount: 0, actionCount: [] } },
          mtt: { startAt: expect.stringMatching(/^20(29-12-31|30-01-01)T/), testEmail: 'test@example.org' },
        },
      ]);
      expect(await confirmedAs('--template', 'thankyou')).toEqual([true, 'thankyou']);
      expect(await confirmedAs('--no-confirm')).toEqual([false, 'thankyou']);
      const listed = await cli.json<Printed[]>('campaign', 'list', '-n', org);
      expect(listed.map(({ name }) => name).sort()).toEqual([campaign, `${campaign}-2`]);
      const byTitle = await cli.json<Printed[]>('campaign', 'list', '-t', 'Riv%');
      expect(byTitle.map(({ name }) => name)).toContain(campaign);
      const target = ['--name', 'Minister', '--email', 'minister@example.org'];
      expect(await cli.json('target', 'add', '-c', campaign, ...target)).toMatchObject([
        { name: 'Minister', externalId: `${campaign}_minister@example.org` },
      ]);
    },
    storyMs,
  );

  it(
    'widget: add, get, update, list; a taken name is told as such',
    async () => {
      const [added] = await cli.json<Printed[]>('widget', 'add', '-c', campaign, '-o', org, '-l', 'en');
      pageId = String(added?.['id']);
      const again = await cli.run('widget', 'add', '-c', campaign, '-o', org, '-l', 'en');
      expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('invalid name (already taken?)')]);
      expect(await cli.json('widget', 'get', '-n', pageName)).toMatchObject([{ name: pageName, locale: 'en' }]);
      await cli.ok('widget', 'update', '-i', pageId, '-l', 'de');
      expect(await cli.json('widget', 'get', '-i', pageId)).toMatchObject([{ name: pageName, locale: 'de' }]);
      expect(await cli.json('widget', 'list', '-o', org)).toMatchObject([{ name: pageName, locale: 'de' }]);
      expect(await cli.ok('widget', 'list', '-c', campaign)).toContain(pageName);
    },
    storyMs,
  );

  it(
    'widget: renamed and deleted',
    async () => {
      const [added] = await cli.json<Printed[]>('widget', 'add', '-c', campaign, '-o', org, '-l', 'fr');
      const id = Number(added?.['id']);
      const [before, after] = [`${campaign}/${org}/fr`, `${campaign}/paris`];
      expect(await cli.json('widget', 'update', 'name', '-n', before, '--rename', after)).toMatchObject([
        { id, name: after, locale: 'fr' },
      ]);
      expect(await cli.json('widget', 'get', '-n', after)).toMatchObject([{ id }]);
      expect((await cli.run('widget', 'get', '-n', before)).stderr).toContain('widget not found');
      expect(await cli.json('widget', 'delete', '-n', after)).toMatchObject([{ id, name: after, status: 'SUCCESS' }]);
      expect((await cli.run('widget', 'get', '-i', String(id))).stderr).toContain('widget not found');
      expect(await cli.json<Printed[]>('widget', 'list', '-o', org)).toHaveLength(1);
    },
    storyMs,
  );

  it(
    'action and contact: add, count, list, get, requeue, delete',
    async () => {
      const person = ['--firstname', 'Ada', '--lastname', 'L', '--email', supporter, '--country', 'de'];
      const real = ['--no-testing', '--optin', '--utm', 'spring.mail.news'];
      const [added] = await cli.json<Printed[]>('action', 'add', '-i', pageId, ...person, ...real);
      expect(added).toEqual({ contactRef: expect.stringMatching(/^[\w-]{43}$/), firstName: 'Ada' });
      await waitFor(async () => {
        const { rows } = await fleet.sql.query('select from actions.actions where processing_status = 4');
        return rows.length === 1;
      });
      const contacts = await cli.json<Printed[]>('contact', 'list', '-n', org);
      expect(contacts).toHaveLength(1);
      expect(JSON.stringify(contacts)).toContain(supporter);
      expect(JSON.stringify(await cli.json('contact', 'get', '-n', org, '-e', supporter))).toContain('Ada');
      const actions = await cli.json<Printed[]>('action', 'list', '-o', org, '--optin');
      expect(actions).toHaveLength(1);
      expect(JSON.stringify(actions)).toContain('spring');
      expect(await cli.ok('action', 'count', '-n', campaign, '--json')).toContain('"register"');
      expect(await cli.ok('contact', 'count', '-n', campaign, '--json')).toMatch(/"supporterCount": 1\b/);
      expect(await cli.ok('action', 'requeue', '-o', org, '--optin')).toMatch(
        /actions +: 1\s+requeued : 1\s+error +: 0/,
      );
      const ref = String(added?.['contactRef']);
      expect(await cli.ok('contact', 'delete', '-n', org, `--ref=${ref}`)).toContain('deleteContact : SUCCESS');
      expect(await cli.json('contact', 'get', '-n', org, '-e', supporter)).toEqual([]);
    },
    storyMs,
  );

  it(
    'user: invite, list, join, leave; campaign delete',
    async () => {
      const invited = await cli.ok('user', 'invite', '-o', org, '-u', newEmail(), '--role', 'coordinator');
      expect(invited).toMatch(/objectId: \d+[^]*code: '\d{12}'/);
      expect(await admin.ok('user', 'join', '-o', org)).toMatch(/title +: Our org\s+status +: SUCCESS/);
      const colleague = newEmail();
      await fleet.sql.query(`insert into catalog.users (email, hashed_password) values ($1, 'x')`, [colleague]);
      const joined = await cli.ok('user', 'join', '-o', org, '-u', colleague, '--role', 'translator');
      expect(joined).toContain('status : SUCCESS');
      expect(await rolesOfTeam()).toEqual(['owner', 'owner', 'translator']);
      expect(await cli.ok('user', 'leave', '-o', org, '-u', colleague)).toContain('status : SUCCESS');
      expect(await admin.ok('user', 'leave', '-o', org)).toContain('status : SUCCESS');
      expect(await rolesOfTeam()).toEqual(['owner']);
      await cli.ok('campaign', 'delete', '-n', `${campaign}-2`);
      expect((await cli.run('campaign', 'get', '-n', `${campaign}-2`)).stderr).toContain('campaign not found');
    },
    storyMs,
  );

  it(
    'what has actions is not deleted, an org without any is',
    async () => {
      const widget = await cli.run('widget', 'delete', '-i', pageId);
      expect([widget.code, widget.stderr]).toEqual([1, expect.stringContaining("with actions can't be deleted")]);
      expect(await cli.json('widget', 'get', '-i', pageId)).toMatchObject([{ name: pageName }]);
      const refused = await cli.run('org', 'delete', '-n', org);
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('has action pages')]);
      expect(await cli.json('org', 'get', '-n', org)).toMatchObject([{ name: org }]);
      const empty = unique('org');
      await cli.json('org', 'add', '-n', empty, '-t', 'Empty');
      expect(await cli.ok('org', 'delete', '-n', empty)).toContain("deleteOrg: 'SUCCESS'");
      expect((await cli.run('org', 'get', '-n', empty)).stderr).toContain('org not found');
    },
    storyMs,
  );
});
