import type { TestDatabase } from '@groundswell/testing';
import { AdminGateway, instanceName, unique, withDatabase } from './admin.fixture';

let database: TestDatabase;
let gateway: AdminGateway;

beforeAll(async () => {
  database = await withDatabase();
  gateway = await AdminGateway.start(database);
});
afterAll(async () => {
  await gateway.close();
  await database.drop();
});

const addOrg = 'mutation ($input: OrgInput!) { addOrg(input: $input) { __typename id name } }';
const updateOrg = `mutation ($name: String!, $input: OrgInput!) { updateOrg(name: $name, input: $input) { id name title config
  personalData { contactSchema supporterConfirm supporterConfirmTemplate doiThankYou replyEnabled senderRewrite } } }`;
const processing = (args: string) => `mutation ($name: String!) { updateOrgProcessing(name: $name, ${args}) {
  processing { emailFrom emailBackend transactionalEmailBackend supporterConfirm supporterConfirmTemplate customSupporterConfirm
    customActionDeliver pushBackend eventBackend storageBackend detailBackend } } }`;
const upsertService = (args: string) =>
  `mutation ($name: String!) { upsertService(orgName: $name, input: {${args}}) { id name } }`;

describe('addOrg', () => {
  it('needs a signed-in user, who becomes owner', async () => {
    expect(await gateway.errors(addOrg, { input: { name: unique('o'), title: 'O' } })).toEqual([
      ['Authentication is required for this API call', 'addOrg'],
    ]);
    const org = await gateway.addOrg();
    const { currentUser } = await gateway.get<{ currentUser: { email: string; roles: object[] } }>(
      '{ currentUser { email roles { role org { name } } } }',
      {},
      org.token,
    );
    expect(currentUser.roles).toEqual([{ role: 'owner', org: { name: org.name } }]);
    expect(await gateway.one('select email_from from catalog.orgs where id = $1', [org.id])).toEqual({
      email_from: currentUser.email,
    });
  });

  it('answers a private org', async () => {
    const { token } = await gateway.addUser(`${unique('u')}@example.org`);
    const data = await gateway.get(addOrg, { input: { name: unique('o'), title: 'O' } }, token);
    expect(data).toMatchObject({ addOrg: { __typename: 'PrivateOrg' } });
  });

  it('tells everything that is wrong together', async () => {
    const { token } = await gateway.addUser(`${unique('u')}@example.org`);
    expect(await gateway.errors(addOrg, { input: { name: 'no spaces', title: '' } }, token)).toEqual([
      ['has invalid format', 'addOrg.name'],
      ["can't be blank", 'addOrg.title'],
    ]);
    expect(await gateway.errors(addOrg, { input: {} }, token)).toEqual([
      ["can't be blank", 'addOrg.name'],
      ["can't be blank", 'addOrg.title'],
    ]);
    expect(await gateway.errors(addOrg, { input: { name: 'System', title: 'x'.repeat(256) } }, token)).toEqual([
      ['is invalid', 'addOrg.name'],
      ['should be at most 255 character(s)', 'addOrg.title'],
    ]);
  });

  it('refuses a taken name in any case', async () => {
    const org = await gateway.addOrg();
    const input = { name: org.name.toUpperCase(), title: 'Again' };
    expect(await gateway.errors(addOrg, { input }, org.token)).toEqual([['has already been taken', 'addOrg.name']]);
  });

  it('makes the membership hold for the next mutation of the same document', async () => {
    const { token } = await gateway.addUser(`${unique('u')}@example.org`);
    const name = unique('o');
    const data = await gateway.get(
      `mutation ($name: String!) { addOrg(input: {name: $name, title: "O"}) { id }
         updateOrgProcessing(name: $name, customActionDeliver: true) { processing { customActionDeliver } } }`,
      { name },
      token,
    );
    expect(data).toMatchObject({ updateOrgProcessing: { processing: { customActionDeliver: true } } });
  });
});

describe('updateOrg', () => {
  it('changes what is given, clears what is null and leaves the rest', async () => {
    const org = await gateway.addOrg({ doiThankYou: true, contactSchema: 'ECI', config: { a: 1 } });
    const input = { title: 'New', doiThankYou: null, replyEnabled: false, contactSchema: null, config: { b: [2] } };
    const { updateOrg: updated } = await gateway.get<{ updateOrg: object }>(
      updateOrg,
      { name: org.name, input },
      org.token,
    );
    expect(updated).toMatchObject({
      name: org.name,
      title: 'New',
      config: '{"b":[2]}',
      personalData: { doiThankYou: false, replyEnabled: false, senderRewrite: true, contactSchema: 'BASIC' },
    });
    expect(await gateway.errors(updateOrg, { name: org.name, input: { title: null } }, org.token)).toEqual([
      ["can't be blank", 'updateOrg.title'],
    ]);
  });

  it('renames, and finds the org by its new name at once', async () => {
    const org = await gateway.addOrg();
    const name = unique('renamed');
    await gateway.get(updateOrg, { name: org.name, input: { name } }, org.token);
    expect(await gateway.get(`{ org(name: "${name}") { id } }`, {}, org.token)).toEqual({ org: { id: org.id } });
    const other = await gateway.addOrg();
    expect(await gateway.errors(updateOrg, { name: other.name, input: { name } }, other.token)).toEqual([
      ['has already been taken', 'updateOrg.name'],
    ]);
  });

  it('needs change_org_settings in that org', async () => {
    const org = await gateway.addOrg();
    const variables = { name: org.name, input: { title: 'Mine' } };
    const { id, token } = await gateway.addUser(`${unique('u')}@example.org`);
    const without = await gateway.ask(updateOrg, variables, token);
    expect(without.errors).toMatchObject([
      {
        message: 'You do not have the required permission',
        extensions: { code: 'permission_denied', required: ['change_org_settings'], provided: [] },
      },
    ]);
    expect(without.errors?.[0]?.extensions).not.toHaveProperty('org_id');
    await gateway.addStaffer(id, org.id, 1081344);
    const translator = await gateway.ask(updateOrg, variables, token);
    expect(translator.errors?.[0]?.extensions).toEqual({
      code: 'permission_denied',
      required: ['change_org_settings'],
      provided: ['change_org_users', 'change_campaign_settings'],
      org_id: org.id,
    });
    const anonymous = await gateway.ask(updateOrg, variables);
    expect(anonymous.errors).toMatchObject([
      {
        message: 'User is not a member of team responsible for resource',
        extensions: { code: 'permission_denied' },
      },
    ]);
    const admin = await gateway.addUser(`${unique('admin')}@example.org`, 1);
    expect((await gateway.ask(updateOrg, variables, admin.token)).errors).toBeUndefined();
  });
});

describe('updateOrgProcessing', () => {
  it('takes the newest service of a type, and null switches off', async () => {
    const org = await gateway.addOrg();
    const at = { name: org.name };
    expect(await gateway.errors(processing('pushBackend: SQS'), at, org.token)).toEqual([
      ['no such service', 'updateOrgProcessing.pushBackend'],
    ]);
    expect(await gateway.errors(processing('emailBackend: SQS'), at, org.token)).toEqual([
      ['service does not support such backend', 'updateOrgProcessing.emailBackend'],
    ]);
    expect(await gateway.errors(processing('pushBackend: SYSTEM'), at, org.token)).toEqual([
      ['service does not support such backend', 'updateOrgProcessing.pushBackend'],
    ]);
    for (const name of ['SMTP', 'WEBHOOK', 'SUPABASE']) {
      await gateway.get(upsertService(`name: ${name}`), at, org.token);
    }
    const args =
      'emailBackend: SMTP, pushBackend: WEBHOOK, eventBackend: WEBHOOK, detailBackend: WEBHOOK, storageBackend: SUPABASE';
    expect(await gateway.get(processing(args), at, org.token)).toMatchObject({
      updateOrgProcessing: {
        processing: {
          emailBackend: 'SMTP',
          pushBackend: 'WEBHOOK',
          eventBackend: 'WEBHOOK',
          detailBackend: 'WEBHOOK',
          storageBackend: 'SUPABASE',
          transactionalEmailBackend: null,
        },
      },
    });
    expect(await gateway.get(processing('pushBackend: null'), at, org.token)).toMatchObject({
      updateOrgProcessing: { processing: { pushBackend: null, eventBackend: 'WEBHOOK' } },
    });
  });

  it('borrows the services of the instance org', async () => {
    const admin = await gateway.addUser(`${unique('admin')}@example.org`, 15);
    const org = await gateway.addOrg();
    expect(await gateway.errors(processing('emailBackend: SYSTEM'), { name: org.name }, org.token)).toEqual([
      ['no such service', 'updateOrgProcessing.emailBackend'],
    ]);
    expect(
      await gateway.errors(processing('transactionalEmailBackend: SYSTEM'), { name: org.name }, org.token),
    ).toEqual([
      ['instance org has no transactional email backend configured', 'updateOrgProcessing.transactionalEmailBackend'],
    ]);
    await gateway.get(upsertService('name: SES'), { name: instanceName }, admin.token);
    await gateway.get(processing('emailBackend: SES'), { name: instanceName }, admin.token);
    expect(await gateway.get(processing('emailBackend: SYSTEM'), { name: org.name }, org.token)).toMatchObject({
      updateOrgProcessing: { processing: { emailBackend: 'SES' } },
    });
    const later = await gateway.addOrg();
    expect(
      await gateway.get(`{ org(name: "${later.name}") { processing { emailBackend } } }`, {}, later.token),
    ).toEqual({
      org: { processing: { emailBackend: 'SES' } },
    });
    await gateway.get(processing('emailBackend: null'), { name: instanceName }, admin.token);
  });

  it('checks the sender address and the template', async () => {
    const org = await gateway.addOrg();
    const at = { name: org.name };
    expect(await gateway.errors(processing('emailFrom: "nobody"'), at, org.token)).toEqual([
      ['has invalid format', 'updateOrgProcessing.emailFrom'],
    ]);
    // Without an email backend any name goes.
    await gateway.get(processing('supporterConfirmTemplate: "later"'), at, org.token);
    await gateway.get(upsertService('name: SMTP'), at, org.token);
    expect(
      await gateway.errors(processing('emailBackend: SMTP, supporterConfirmTemplate: "missing"'), at, org.token),
    ).toEqual([['Template not found', 'updateOrgProcessing.supporterConfirmTemplate']]);
    await gateway.owner.query(
      `insert into catalog.email_templates (org_id, name, locale, subject, html) values ($1, 'hello', 'en', 's', 'h')`,
      [org.id],
    );
    expect(
      await gateway.get(processing('emailBackend: SMTP, supporterConfirmTemplate: "hello"'), at, org.token),
    ).toMatchObject({ updateOrgProcessing: { processing: { supporterConfirmTemplate: 'hello' } } });
    expect(await gateway.get(`{ org(name: "${org.name}") { processing { emailTemplates } } }`, {}, org.token)).toEqual({
      org: { processing: { emailTemplates: ['hello@en'] } },
    });
  });
});

describe('configurations that cannot finish', () => {
  const cannot = (missing: string) => [`cannot finish: ${missing}`, 'updateOrgProcessing.supporterConfirm'];

  it('are refused when the flag is switched on too early', async () => {
    const org = await gateway.addOrg();
    const at = { name: org.name };
    await gateway.get(processing('emailFrom: null'), at, org.token);
    expect(await gateway.errors(processing('supporterConfirm: true'), at, org.token)).toEqual([
      cannot('emailBackend'),
      cannot('emailFrom'),
      cannot('supporterConfirmTemplate'),
    ]);
    expect(
      await gateway.errors(updateOrg, { name: org.name, input: { supporterConfirm: true } }, org.token),
    ).toContainEqual(['cannot finish: emailBackend', 'updateOrg.supporterConfirm']);
    const { token } = await gateway.addUser(`${unique('u')}@example.org`);
    expect(
      await gateway.errors(addOrg, { input: { name: unique('o'), title: 'O', supporterConfirm: true } }, token),
    ).toContainEqual(['cannot finish: emailBackend', 'addOrg.supporterConfirm']);
  });

  it('are refused when what they need is taken away, and only then', async () => {
    const org = await gateway.addOrg();
    const at = { name: org.name };
    await gateway.get(processing('supporterConfirm: true, customSupporterConfirm: true'), at, org.token);
    expect(await gateway.errors(processing('customSupporterConfirm: false'), at, org.token)).toContainEqual(
      cannot('emailBackend'),
    );
    await gateway.get(upsertService('name: MAILJET'), at, org.token);
    const complete = 'emailBackend: MAILJET, supporterConfirmTemplate: "confirm", customSupporterConfirm: false';
    await gateway.get(processing(complete), at, org.token);
    expect(await gateway.errors(processing('emailFrom: ""'), at, org.token)).toEqual([cannot('emailFrom')]);
    expect(await gateway.errors(processing('emailBackend: null'), at, org.token)).toEqual([cannot('emailBackend')]);
    expect(
      await gateway.errors(updateOrg, { name: org.name, input: { supporterConfirmTemplate: null } }, org.token),
    ).toEqual([['cannot finish: supporterConfirmTemplate', 'updateOrg.supporterConfirm']]);
    await gateway.get(processing('supporterConfirm: false, emailBackend: null'), at, org.token);
  });

  it('do not stand in the way of other changes when they are older', async () => {
    const org = await gateway.addOrg();
    await gateway.owner.query('update catalog.orgs set supporter_confirm = true where id = $1', [org.id]);
    await gateway.get(updateOrg, { name: org.name, input: { title: 'Still works' } }, org.token);
  });
});
