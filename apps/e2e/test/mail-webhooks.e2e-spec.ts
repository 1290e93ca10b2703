import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@groundswell/testing';
import { aCampaign, anOrg, aPage, aSignature, newEmail, signMutation, type TestOrg } from '../src/campaign-world';
import { TestFleet } from '../src/test-fleet';

const upsert = `mutation ($org: String!, $name: ServiceName!) {
  service: upsertService(orgName: $org, input: { name: $name }) { id webhookUrl } }`;
const sending = `mutation ($org: String!, $from: String!) {
  updateOrgProcessing(name: $org, emailBackend: PREVIEW, emailFrom: $from) { name } }`;
const rotate = `mutation ($org: String!, $id: Int!) { service: rotateWebhook(orgName: $org, id: $id) { id webhookUrl } }`;

interface WebhookService {
  id: number;
  webhookUrl: string;
}

interface Thanked {
  email: string;
  deliveryId: number;
  actionId: number;
}

describe('events that a mail provider pushes', () => {
  let fleet: TestFleet;
  let org: TestOrg;
  let page: { id: number };
  let mailjet: WebhookService;
  const emails: string[] = [];

  beforeAll(async () => {
    fleet = await TestFleet.create();
    await fleet.start();
    const mailer = await fleet.startOne('email-delivery', { PUBLIC_URL: fleet.gatewayUrl });
    await mailer.ready({ deadlineMs: 60_000 });
    org = await anOrg(fleet);
    await org.owner.data(upsert, { org: org.name, name: 'PREVIEW' });
    await org.owner.data(sending, { org: org.name, from: `office@${org.name}.example.org` });
    const campaign = await aCampaign(org);
    page = await aPage(org, campaign, { thankYouTemplate: 'thank_you' });
    const { service } = await org.owner.data<{ service: WebhookService }>(upsert, { org: org.name, name: 'MAILJET' });
    mailjet = service;
  });
  afterAll(() => fleet.stop());

  /** Somebody signed and was thanked, as if the Mailjet account had sent it. */
  async function thanked(): Promise<Thanked> {
    const email = newEmail();
    emails.push(email);
    const signature = aSignature(page);
    await fleet.anonymous.data(signMutation, {
      ...signature,
      contact: { ...(signature['contact'] as object), email },
    });
    const { rows } = await waitFor(async () => {
      const found = await fleet.sql.query<{ id: string; action_id: string }>(
        `update mail.deliveries set service_id = $2 where page_id = $1 and state = 'sent' and service_id <> $2
         returning id, action_id`,
        [page.id, mailjet.id],
      );
      return found.rowCount === 1 && found;
    });
    return { email, deliveryId: Number(rows[0]?.id), actionId: Number(rows[0]?.action_id) };
  }

  const event = ({ email, deliveryId, actionId }: Thanked, changes: object = {}) => ({
    event: 'bounce',
    hard_bounce: true,
    time: 1_772_366_000,
    email,
    CustomID: `action:${actionId}`,
    Payload: JSON.stringify({ d: deliveryId }),
    error: 'user unknown',
    ...changes,
  });

  async function post(body: unknown, path = new URL(mailjet.webhookUrl).pathname): Promise<number> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const headers = { 'content-type': 'application/json' };
    return (await fetch(`${fleet.gatewayUrl}${path}`, { method: 'POST', headers, body: text })).status;
  }

  /** The operator's command. */
  const webhooks = (...args: string[]): string =>
    execFileSync(process.execPath, ['dist/tools/webhooks.js', ...args], {
      env: { ...process.env, NODE_OPTIONS: '', DATABASE_URL: fleet.home.infra.databaseUrl },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  const statusOf = async ({ actionId }: Thanked) => {
    const { rows } = await fleet.sql.query<{ action: number; supporter: number; email: number }>(
      `select a.processing_status as action, s.processing_status as supporter, s.email_status as email
         from actions.actions a join actions.supporters s on s.id = a.supporter_id where a.id = $1`,
      [actionId],
    );
    return rows[0];
  };
  const allApplied = () =>
    waitFor(async () => {
      const { rows } = await fleet.sql.query<{ n: number }>(
        'select count(*)::int as n from mail.webhooks where applied_at is null and error is null',
      );
      const outbox = await fleet.sql.query('select from mail.outbox');
      return rows[0]?.n === 0 && outbox.rowCount === 0;
    });

  it('reject the action whose mail came back, once', async () => {
    const [bounced, other] = [await thanked(), await thanked()];
    expect(await post([event(bounced), event(bounced)])).toBe(200);
    expect(await post(event(bounced))).toBe(200);
    await waitFor(async () => (await statusOf(bounced))?.email === 2);
    await allApplied();
    expect(await statusOf(bounced)).toMatchObject({ email: 2 });
    expect(await statusOf(other)).toMatchObject({ email: 0 });
  });

  it('are refused without the secret, malformed, or a million deep; about others they change nothing', async () => {
    const to = await thanked();
    const before = await statusOf(to);
    const path = new URL(mailjet.webhookUrl).pathname;
    expect(await post([event(to)], '/webhook/mailjet')).toBe(401);
    expect(await post([event(to)], `${path.slice(0, -3)}AAA`)).toBe(401);
    expect(await post(`[${JSON.stringify(event(to))}`)).toBe(400);
    expect(await post(`[${JSON.stringify(event(to))},${'['.repeat(900_000)}`)).toBe(400);
    expect(await post([event({ ...to, email: 'foreign@example.org' })])).toBe(200);
    await allApplied();
    const events = await fleet.sql.query('select from mail.events where delivery_id = $1', [to.deliveryId]);
    expect([await statusOf(to), events.rowCount]).toEqual([before, 0]);
  });

  it('wait for a person where they cannot be read, who tries again or forgets them', async () => {
    const to = await thanked();
    expect(await post([7, event(to, { event: 'open' })])).toBe(200);
    const line = await waitFor(() =>
      webhooks('list')
        .split('\n')
        .find((one) => one.includes('no event name')),
    );
    const [id = ''] = line.split(' ');
    expect(line).toContain(`mailjet ${mailjet.id}`);
    expect(line).toContain('1 of 2 events');
    expect(webhooks('replay', id)).toBe(`${id}: tried again now\n`);
    await waitFor(() => webhooks('list').includes('1 of 1 events: no event name'));
    expect(webhooks('drop', id, '--yes')).toBe(`dropped ${id}\n`);
    expect(webhooks('list')).toBe('none\n');
  });

  it('are refused with a secret that was replaced', async () => {
    const before = new URL(mailjet.webhookUrl).pathname;
    const { service } = await org.owner.data<{ service: WebhookService }>(rotate, { org: org.name, id: mailjet.id });
    mailjet = service;
    expect(await post([], before)).toBe(401);
    expect(await post([])).toBe(200);
  });

  it('leave nobody in any log', () => {
    const logs = readdirSync(fleet.home.logDir).map((file) => readFileSync(join(fleet.home.logDir, file), 'utf8'));
    const text = logs.join('');
    expect(text).toContain('webhook refused');
    for (const secret of [...emails, 'foreign@example.org', mailjet.webhookUrl.split('-').at(-1) ?? '']) {
      expect(text).not.toContain(secret);
    }
  });
});
