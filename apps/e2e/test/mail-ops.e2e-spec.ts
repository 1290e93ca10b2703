import { hashPassword } from '@groundswell/crypto';
import { adminMask } from '@groundswell/domain';
import { waitFor } from '@groundswell/testing';
import { ApiClient } from '../src/api-client';
import { aCampaign, anOrg, aPage, aSignature, signMutation, unique, type TestOrg } from '../src/campaign-world';
import { MailgunMock, type ReceivedCall, type Reply } from '../src/mailgun-mock';
import { TestFleet } from '../src/test-fleet';

/** Mailgun that can be made to keep whoever asks for the events of one window waiting, and to leave its lists alone. */
class HoldingMailgun extends MailgunMock {
  keepsLists = false;
  private heldBegin: number | null = null;
  private release: () => void = () => undefined;
  private gate: Promise<void> = Promise.resolve();

  hold(begin: Date): void {
    this.heldBegin = begin.getTime() / 1000;
    this.gate = new Promise((resolve) => (this.release = resolve));
  }

  letGo(): void {
    this.heldBegin = null;
    this.release();
  }

  protected override async handle(call: ReceivedCall): Promise<Reply> {
    if (this.heldBegin !== null && Number(call.query.get('begin')) === this.heldBegin) await this.gate;
    if (this.keepsLists && call.method === 'DELETE') return { status: 500, body: { message: 'out of order' } };
    return super.handle(call);
  }
}

const domain = 'mg.example.org';
const apiKey = 'key-of-the-mock';

interface Mail {
  id: string;
  state: string;
  error: string | null;
  sentAt: string | null;
  deliveredAt: string | null;
  failure: object | null;
  events: { type: string }[];
}
interface Loops {
  running: boolean;
  canceled: boolean;
  lastFinished: string | null;
  schedule: { begin: string; end: string } | null;
}
interface Ops {
  status: number;
  body: { scheduled: Loops; latest: Loops; errors: { message: string }[]; status: string };
}

describe('mails, as operators and campaigners see them', () => {
  let fleet: TestFleet;
  let mailgun: HoldingMailgun;
  let org: TestOrg;
  let page: { id: number };
  let serviceId: number;
  let adminLogin: string;

  beforeAll(async () => {
    mailgun = await new HoldingMailgun().start();
    mailgun.addDomain(domain, apiKey);
    fleet = await TestFleet.create();
    // As long as it is told in the answer below.
    await fleet.start({ 'api-gateway': { ANSWER_WAIT_MS: '10000' } });
    const mailer = await fleet.startOne('email-delivery', {
      PUBLIC_URL: fleet.gatewayUrl,
      EVENTS_TICK_MS: '300',
      PROVIDER_CONNECT_TIMEOUT_MS: '5000',
      PROVIDER_TIMEOUT_MS: '10000',
      CALL_LEASE_MS: '31000',
      TIDY_INTERVAL: '200',
    });
    await mailer.ready({ deadlineMs: 60_000 });
    org = await anOrg(fleet);
    page = await aPage(org, await aCampaign(org), { thankYouTemplate: 'thank_you' });
    const { upsertService } = await org.owner.data<{ upsertService: { id: number } }>(
      `mutation ($org: String!, $service: ServiceInput!, $from: String!) {
         upsertService(orgName: $org, input: $service) { id }
         updateOrgProcessing(name: $org, emailBackend: MAILGUN, emailFrom: $from) { name } }`,
      {
        org: org.name,
        service: { name: 'MAILGUN', host: mailgun.url, user: domain, password: apiKey },
        from: `office@${domain}`,
      },
    );
    serviceId = upsertService.id;
    adminLogin = await anAdmin();
  });
  afterAll(async () => {
    mailgun.letGo();
    await fleet.stop();
    await mailgun.stop();
  });

  /** Authorization of a new instance admin. */
  async function anAdmin(): Promise<string> {
    const email = `${unique('admin')}@example.org`;
    await fleet.sql.query('insert into catalog.users (email, hashed_password, perms) values ($1, $2, $3)', [
      email,
      await hashPassword('open sesame', 4),
      adminMask,
    ]);
    return `Basic ${Buffer.from(`${email}:open sesame`).toString('base64')}`;
  }
  const admin = () => new ApiClient(fleet.gatewayUrl, adminLogin);

  async function ops(method: 'GET' | 'PUT' | 'DELETE', body?: object): Promise<Ops> {
    const response = await fetch(`${fleet.gatewayUrl}/ops/mail-loops`, {
      method,
      headers: { authorization: adminLogin },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    return { status: response.status, body: (await response.json()) as Ops['body'] };
  }

  async function sign(email: string): Promise<number> {
    const signature = aSignature(page);
    await fleet.anonymous.data(signMutation, {
      ...signature,
      contact: { ...(signature['contact'] as object), email },
    });
    return waitFor(async () => {
      const { rows } = await fleet.sql.query<{ id: number }>(
        `select d.action_id::int as id from mail.deliveries d where d.page_id = $1 and d.state = 'sent'
          order by d.id desc limit 1`,
        [page.id],
      );
      return rows[0]?.id;
    });
  }

  async function historyOf(actionId: number): Promise<Mail[]> {
    const { mailHistory } = await org.owner.data<{ mailHistory: Mail[] }>(
      `query ($org: String!, $action: Int!) { mailHistory(orgName: $org, actionId: $action) {
         id state error sentAt deliveredAt failure { severity code } events { type } } }`,
      { org: org.name, action: actionId },
    );
    return mailHistory;
  }

  /** Has all events of the last minutes read. */
  async function replay(): Promise<void> {
    const now = Date.now();
    const window = { begin: new Date(now - 600_000).toISOString(), end: new Date(now + 600_000).toISOString() };
    await waitFor(async () => (await ops('PUT', window)).status === 200);
    await waitFor(async () => (await ops('GET')).body.scheduled.schedule === null);
  }

  it('the history of an action tells when its mail was sent, delivered and complained of', async () => {
    const email = `${unique('spam')}@example.org`;
    const actionId = await sign(email);
    const types = ['DELIVERED', 'COMPLAINED'];
    const mail = await waitFor(async () => {
      await replay();
      const [first, ...others] = await historyOf(actionId);
      expect(others).toEqual([]);
      return types.every((type) => first?.events.some((event) => event.type === type)) && first;
    });
    expect(mail).toMatchObject({ state: 'SENT', error: null });
    expect(mail.sentAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(mail.deliveredAt).not.toBeNull();

    const of = `orgName: "${org.name}", serviceId: ${serviceId}, email: "${email.toUpperCase()}"`;
    const found = () => org.owner.data(`{ mailSuppression(${of}) { suppressed reason } }`);
    const removal = `mutation { removeMailSuppression(${of}) { status provider } }`;
    expect(await found()).toEqual({ mailSuppression: { suppressed: true, reason: 'SPAM' } });
    mailgun.keepsLists = true;
    const refused = await org.owner.ask(removal);
    expect(refused.errors[0]?.extensions).toMatchObject({ reason: 'provider_refused' });
    expect(await found()).toEqual({ mailSuppression: { suppressed: true, reason: 'SPAM' } });
    mailgun.keepsLists = false;
    expect(await org.owner.data(removal)).toEqual({
      removeMailSuppression: { status: 'SUCCESS', provider: 'REMOVED' },
    });
    expect(await found()).toEqual({ mailSuppression: { suppressed: false, reason: null } });
    expect(await org.owner.data(removal)).toEqual({ removeMailSuppression: { status: 'NOOP', provider: 'REMOVED' } });
  });

  it('a replay is scheduled, not twice while it runs, and cancelled', async () => {
    await sign(`${unique('person')}@example.org`);
    const begin = new Date(Date.now() - 3_600_000);
    const window = { begin: begin.toISOString(), end: new Date().toISOString() };
    mailgun.hold(begin);
    const scheduled = await ops('PUT', window);
    expect([scheduled.status, scheduled.body.scheduled.schedule]).toEqual([200, window]);
    await waitFor(async () => (await ops('GET')).body.scheduled.running);
    const again = await ops('PUT', window);
    expect([again.status, again.body.errors[0]?.message]).toEqual([422, expect.stringContaining('wait until it ends')]);
    const { errors } = await admin().ask(
      'mutation ($begin: DateTime!, $end: DateTime!) { scheduleMailEvents(begin: $begin, end: $end) { __typename } }',
      window,
    );
    expect(errors[0]?.extensions).toMatchObject({ reason: 'loop_running' });
    expect(await ops('DELETE')).toEqual({ status: 200, body: { status: 'SUCCESS' } });
    mailgun.letGo();
    await waitFor(async () => (await ops('GET')).body.scheduled.schedule === null);
    expect(await ops('DELETE')).toEqual({ status: 200, body: { status: 'NOOP' } });
    const { mailLoops } = await admin().data<{ mailLoops: { domains: { domain: string; serviceIds: number[] }[] } }>(
      '{ mailLoops { latest { running jobName lastFinished lagSeconds } domains { domain serviceIds } } }',
    );
    expect(mailLoops.domains.flatMap(({ serviceIds }) => serviceIds)).toContain(serviceId);
  });

  it('a mail of which nobody knows is listed, and resent or let be', async () => {
    await sign(`${unique('person')}@example.org`);
    const lost = await lostMail();
    const select = 'select: { state: UNKNOWN }';
    const listed = () =>
      org.owner.data<{ mails: { mails: { id: string }[]; counts: { unknown: number } } }>(
        `{ mails(orgName: "${org.name}", ${select}) { mails { id } counts { unknown } } }`,
      );
    expect(await listed()).toEqual({ mails: { mails: [{ id: lost }], counts: { unknown: 1 } } });
    const resend = `mutation { resendMail(orgName: "${org.name}", id: "${lost}") }`;
    expect(await org.owner.data(resend)).toEqual({ resendMail: 'SUCCESS' });
    expect(await org.owner.data(resend)).toEqual({ resendMail: 'NOOP' });
    const { errors } = await org.owner.ask(`mutation { dropMail(orgName: "${org.name}", id: "${lost}") }`);
    expect(errors[0]?.message).toBe('mail not unknown');
    expect((await listed()).mails.counts.unknown).toBe(0);
    await waitFor(async () => {
      const { rows } = await fleet.sql.query<{ state: string }>(
        `select state from mail.deliveries where page_id = $1 and purpose like '%:p1'`,
        [page.id],
      );
      return rows[0]?.state === 'sent';
    });
  });

  /** A row whose call ended without a word; put there, since what Mailgun took is found out and marked sent. */
  async function lostMail(): Promise<string> {
    const { rows } = await fleet.sql.query<{ id: string }>(
      `insert into mail.deliveries (purpose, kind, custom_id, org_id, page_id, template, recipient, variables, state, updated_at)
       select 'supporter:thank_you:' || 900000000 + id, kind, 'action:1', org_id, page_id, template,
              '{"email": "lost@example.org", "name": null}', '{}', 'unknown', now()
         from mail.deliveries where page_id = $1 and state = 'sent' limit 1 returning id::text as id`,
      [page.id],
    );
    return rows[0]!.id;
  }

  it('a mailing is retried only when it failed', async () => {
    const { rows } = await fleet.sql.query<{ id: string }>(
      `insert into mail.mailings (purpose, org_id, state, error, prepared_at)
       values ($1, $2, 'failed', 'partially sent', now()), ($3, $2, 'submitted', null, now()) returning id::text as id`,
      [unique('mailing'), org.id, unique('mailing')],
    );
    const [failed = '', submitted = ''] = rows.map(({ id }) => id);
    const retry = (id: string) => `mutation { retryMailing(orgName: "${org.name}", id: "${id}") }`;
    expect((await org.owner.ask(retry(submitted))).errors[0]?.message).toBe('mailing not failed');
    expect(await org.owner.data(retry(failed))).toEqual({ retryMailing: 'SUCCESS' });
    const { mailings } = await org.owner.data<{ mailings: { id: string; phase: string; error: string | null }[] }>(
      `{ mailings(orgName: "${org.name}") { id phase error progress { completed total eta } } }`,
    );
    expect(mailings.map(({ id }) => id)).toEqual([submitted, failed]);
    expect(mailings[1]).not.toMatchObject({ error: 'partially sent' });
  });

  it('lists templates and takes their names, while the provider cannot be asked', async () => {
    const other = await anOrg(fleet);
    await other.owner.data(
      `mutation ($org: String!) {
         upsertTemplate(orgName: $org, input: { name: "hello", locale: "en", subject: "S", html: "<p>hi</p>" })
         upsertService(orgName: $org, input: { name: BREVO, password: "x" }) { id }
         updateOrgProcessing(name: $org, emailBackend: BREVO) { name } }`,
      { org: other.name },
    );
    // No key opens it: email-delivery answers, and says that the provider does not.
    await fleet.sql.query(`update catalog.services set password = 'damaged', updated_at = now() where org_id = $1`, [
      other.id,
    ]);
    const listing = `{ org(name: "${other.name}") { processing { emailTemplates } } }`;
    const naming = `mutation { updateOrg(name: "${other.name}", input: { supporterConfirmTemplate: "of brevo" }) { name } }`;
    expect(await other.owner.data(listing)).toEqual({ org: { processing: { emailTemplates: ['hello@en'] } } });
    expect(await other.owner.data(naming)).toEqual({ updateOrg: { name: other.name } });
    await fleet.service('email-delivery').kill('SIGKILL');
    expect(await other.owner.data(listing)).toEqual({ org: { processing: { emailTemplates: ['hello@en'] } } });
    expect(await other.owner.data(naming)).toEqual({ updateOrg: { name: other.name } });
    const away = await ops('GET');
    expect([away.status, away.body.errors[0]?.message]).toEqual([503, 'email-delivery did not answer within 10 s']);
    await fleet.service('email-delivery').restart();
    await waitFor(async () => (await ops('GET')).status === 200);
  });
});
