import type { TestDatabase } from '@groundswell/testing';
import { AdminGateway, withDatabase } from './admin.fixture';

let database: TestDatabase;
let gateway: AdminGateway;
let org: { id: number; name: string; token: string; userId: number };

beforeAll(async () => {
  database = await withDatabase();
  gateway = await AdminGateway.start(database);
  org = await gateway.addOrg();
});
afterAll(async () => {
  await gateway.close();
  await database.drop();
});

interface ServiceAnswer {
  id: number;
  name: string;
  webhookUrl: string | null;
}
const upsert = `mutation ($org: String!, $name: ServiceName!) {
  service: upsertService(orgName: $org, input: { name: $name }) { id name webhookUrl } }`;
const rotate = `mutation ($org: String!, $id: Int!) { service: rotateWebhook(orgName: $org, id: $id) { id name webhookUrl } }`;
const list = `query ($org: String!) { org(name: $org) { services { name webhookUrl } } }`;

const save = async (name: string, at = org): Promise<ServiceAnswer> =>
  (await gateway.get<{ service: ServiceAnswer }>(upsert, { org: at.name, name }, at.token)).service;

it('is told of services that report events, and of no others', async () => {
  const mailjet = await save('MAILJET');
  const pattern = (provider: string, id: number) =>
    new RegExp(`^https://campaigns\\.test/webhook/${provider}/${id}-[\\w-]{43}$`);
  expect(mailjet.webhookUrl).toMatch(pattern('mailjet', mailjet.id));
  const ses = await save('SES');
  expect(ses.webhookUrl).toMatch(pattern('ses', ses.id));
  expect((await save('BREVO')).webhookUrl).toMatch(/\/webhook\/brevo\//);
  for (const name of ['SMTP', 'MAILGUN', 'HUBSPOT', 'PREVIEW', 'SQS']) expect((await save(name)).webhookUrl).toBeNull();
});

it('is another once it is rotated, and nothing of it is stored', async () => {
  const before = await save('MAILJET');
  const rotated = await gateway.get<{ service: ServiceAnswer }>(rotate, { org: org.name, id: before.id }, org.token);
  expect(rotated.service).toMatchObject({ id: before.id, name: 'MAILJET' });
  expect(rotated.service.webhookUrl).not.toBe(before.webhookUrl);
  expect(await save('MAILJET')).toEqual(rotated.service);
  const row = await gateway.one<{ row: string }>('select s::text as row from catalog.services s where id = $1', [
    before.id,
  ]);
  for (const { webhookUrl } of [before, rotated.service]) expect(row.row).not.toContain(webhookUrl?.split('-').at(-1));
  const audit = await gateway.one(
    `select changeset->>'operation' as operation from catalog.audit_log
      where resource = 'service' and resource_id = $1 and changeset->>'operation' = 'rotateWebhook'`,
    [String(before.id)],
  );
  expect(audit).toEqual({ operation: 'rotateWebhook' });
});

it('is rotated by its own org only', async () => {
  const other = await gateway.addOrg();
  const { id } = await save('MAILJET');
  expect((await gateway.ask(rotate, { org: other.name, id }, other.token)).errors).toMatchObject([
    { message: `Cannot find service with ${id}`, extensions: { code: 'not_found' } },
  ]);
});

it('is kept from staff who may not change services', async () => {
  const at = await gateway.addOrg();
  await save('MAILJET', at);
  await gateway.owner.query('update catalog.staffers set perms = 0 where org_id = $1', [at.id]);
  const answer = await gateway.ask(list, { org: at.name }, at.token);
  expect(answer.data).toEqual({ org: { services: [{ name: 'MAILJET', webhookUrl: null }] } });
  expect(answer.errors).toMatchObject([
    { extensions: { code: 'permission_denied', required: ['change_org_services'] } },
  ]);
});
