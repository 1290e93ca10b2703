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
      await cli.ok('service', 'add', '-o', org, '--type', 'smtp', '--host', host, '--user', 'u', '--password', 'p');
      expect(await cli.ok('service', 'list', '-o', org)).toMatch(/tls:\/\/mail\.example\.org:587 +\d+ +SMTP +u/);
      const email = await cli.ok('org', 'email', '-n', org, '--mailer', 'smtp', '--from', 'us@example.org');
      expect(email).toMatch(/mailer +: SMTP/);
      expect(email).toMatch(/from +: us@example\.org/);
      await cli.ok('template', 'add', '-o', org, '--type', 'thankyou', '-l', 'en', '-s', 'Thanks', '--json');
      expect(await cli.ok('template', 'list', '-o', org)).toContain('thankyou@en');
      expect(await cli.json('org', 'get', '-n', org)).toMatchObject([
        { name: org, config: {}, keys: [], personalData: { contactSchema: 'BASIC', highSecurity: false } },
      ]);
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
      expect(await cli.ok('campaign', 'mtt', '-n', campaign, ...mtt)).toContain('test@example.org');
      const got = await cli.ok('campaign', 'get', '-n', campaign, '--json');
      expect(got).toContain('Rivers');
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
    'action and contact: add, count, list, get, requeue, delete',
    async () => {
      const person = ['--firstname', 'Ada', '--lastname', 'L', '--email', supporter, '--country', 'de'];
      const real = ['--no-testing', '--optin', '--utm', 'spring.mail.news'];
      const [added] = await cli.json<Printed[]>('action', 'add', '-i', pageId, ...person, ...real);
      expect(added).toEqual({ contactRef: expect.stringMatching(/^[\w-]{43}$/), firstName: 'Ada' });
      await waitFor(async () => {
        const { rows } = await fleet.sql.query('select from actions.actions where processing_status = 4');
        return rows.length === 1;
      }, 60_000);
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
      await cli.ok('contact', 'delete', '-n', org, '--ref', String(added?.['contactRef']));
      expect(await cli.json('contact', 'get', '-n', org, '-e', supporter)).toEqual([]);
    },
    storyMs,
  );

  it(
    'user: invite, list, join, leave; campaign delete',
    async () => {
      await cli.ok('user', 'invite', '-o', org, '-u', newEmail(), '--role', 'coordinator');
      await admin.ok('user', 'join', '-o', org);
      const owners = async () => {
        const { rows } = await fleet.sql.query(
          'select from catalog.staffers s join catalog.orgs o on o.id = s.org_id where o.name = $1',
          [org],
        );
        return rows.length;
      };
      expect(await owners()).toBe(2);
      expect(await admin.json<Printed[]>('user', 'list', '-o', org)).toHaveLength(2);
      await admin.ok('user', 'leave', '-o', org);
      expect(await owners()).toBe(1);
      await cli.ok('campaign', 'delete', '-n', `${campaign}-2`);
      expect((await cli.run('campaign', 'get', '-n', `${campaign}-2`)).stderr).toContain('campaign not found');
    },
    storyMs,
  );
});
