import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { connect, type GetMessage } from 'amqplib';
import { fleet as services } from '@groundswell/fleet';
import { OtlpCollector, waitFor, type SeenSpan } from '@groundswell/testing';
import { aCampaign, anOrg, aPage, signMutation, type TestOrg, type TestPage } from '../src/campaign-world';
import { EnvelopeServer } from '../src/envelope-server';
import { SmtpSink } from '../src/mail-sink';
import { OrgWebhook } from '../src/org-webhook';
import { formsOf, tellTalesIn } from '../src/tell-tales';
import { TestFleet } from '../src/test-fleet';

/** Whoever reads one of these in a log reads of a person. */
const person = {
  firstName: 'Zdzisława',
  lastName: 'Brzęczyszczykiewicz',
  email: 'zdz.brzecz7@sekretny-dom.example',
  phone: '+48 733 918 264',
  street: 'Chrząszczyżewoszycka',
  comment: 'dziadek-partyzant z Wąchocka',
  staff: 'tajna.kasia@biuro-kampanii.example',
  password: 'hasło-Żubr-9313',
};
const tellTales = [...Object.values(person), '733918264', 'sekretny-dom'];

const sendsBySmtp = `mutation ($org: String!, $host: String!) {
  upsertService(orgName: $org, input: { name: SMTP, host: $host, user: "sender", password: "secret" }) { id }
  updateOrgProcessing(name: $org, emailBackend: SMTP, emailFrom: "office@green.example") { name } }`;
const pushesTo = `mutation ($org: String!, $url: String!) {
  upsertService(orgName: $org, input: { name: WEBHOOK, host: $url }) { id }
  updateOrgProcessing(name: $org, pushBackend: WEBHOOK) { name } }`;

describe('what a deployment tells of its work', () => {
  let fleet: TestFleet;
  let collector: OtlpCollector;
  let reports: EnvelopeServer;
  let sink: SmtpSink;
  let webhook: OrgWebhook;
  let logsDir: string;
  let org: TestOrg;
  let page: TestPage;

  beforeAll(async () => {
    [collector, reports, sink, webhook, fleet] = await Promise.all([
      new OtlpCollector().start(),
      new EnvelopeServer().start(),
      new SmtpSink().start(),
      new OrgWebhook().start(),
      TestFleet.create(),
    ]);
    logsDir = resolve(fleet.home.logDir, 'files');
    mkdirSync(logsDir, { recursive: true });
    const certificate = resolve(fleet.home.logDir, 'sink.pem');
    writeFileSync(certificate, sink.cert);
    const telling = {
      LOG_LEVEL: 'trace',
      LOGS_DIR: logsDir,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: '100',
      SENTRY_DSN: reports.dsn,
      REPORT_USER_ERRORS: 'true',
      PUBLIC_URL: 'https://campaigns.example',
      NODE_EXTRA_CA_CERTS: certificate,
      PUSH_RETRY_FIRST_MS: '0',
      PUSH_POLL_MS: '50',
    };
    await fleet.start({ 'topology-service': telling, 'action-ingest': telling, 'api-gateway': telling });
    const others = ['notify-service', 'email-delivery', 'stats-service', 'mtt-service', 'crm-forwarder'] as const;
    for (const name of others) await fleet.startOne(name, telling);
    await Promise.all(fleet.services.map((service) => service.ready({ deadlineMs: 60_000 })));
    org = await anOrg(fleet, { withKey: false });
    await org.owner.data(sendsBySmtp, { org: org.name, host: sink.url });
    page = await aPage(org, await aCampaign(org), { thankYouTemplate: 'thank_you' });
  });
  afterAll(async () => {
    await fleet.stop();
    await Promise.all([collector.stop(), reports.stop(), sink.stop(), webhook.stop()]);
  });

  const signature = (at: TestPage = page, contact: object = {}) => ({
    actionPage: at.id,
    action: { actionType: 'register', customFields: JSON.stringify({ comment: person.comment }) },
    contact: {
      firstName: person.firstName,
      lastName: person.lastName,
      email: person.email,
      phone: person.phone,
      address: { country: 'PL', postcode: '02-123', street: person.street },
      ...contact,
    },
    privacy: { optIn: true },
  });

  const sign = async (requestId: string = randomUUID(), at: TestPage = page, contact: object = {}): Promise<string> => {
    const answer = await fleet.anonymous.ask<{ addActionContact: { contactRef: string } }>(
      signMutation,
      signature(at, contact),
      { 'x-request-id': requestId },
    );
    expect(answer.errors).toEqual([]);
    return answer.data?.addActionContact.contactRef ?? '';
  };

  /** The first message in a queue of the org, read as its own software would. */
  async function firstIn(queue: string): Promise<GetMessage> {
    const model = await connect(await fleet.crmLogin(org.id));
    try {
      const channel = await model.createChannel();
      return await waitFor(() => channel.get(queue, { noAck: true }));
    } finally {
      await model.close();
    }
  }

  /** Everything that was written, by file. */
  function written(): Map<string, string> {
    const ofProcesses = readdirSync(fleet.home.logDir).filter((name) => name.endsWith('.log'));
    return new Map([
      ...ofProcesses.map((name) => [name, readFileSync(join(fleet.home.logDir, name), 'utf8')] as const),
      ...readdirSync(logsDir).map((name) => [`files/${name}`, readFileSync(join(logsDir, name), 'utf8')] as const),
    ]);
  }

  it('follows one signature from the request to the CRM and to the mail', async () => {
    const requestId = randomUUID();
    const traceId = requestId.replaceAll('-', '');
    await sign(requestId);
    const message = await firstIn(`${org.name}.crm`);
    const find = (name: string): SeenSpan | undefined =>
      collector.spans.find((span) => span.traceId === traceId && span.name === name);
    const chain = [
      'POST /api',
      'mutation addActionContact',
      'send ingest',
      'process ingest',
      'send deliver',
      'process thank-yous',
      'mail',
    ];
    await waitFor(() => chain.every(find));

    const trace = collector.traceOf(traceId);
    expect(trace.map(({ name }) => name)).toEqual(chain);
    expect(trace.map(({ service, kind }) => [service, kind])).toEqual([
      ['api-gateway', 'server'],
      ['api-gateway', 'internal'],
      ['api-gateway', 'producer'],
      ['action-ingest', 'consumer'],
      ['action-ingest', 'producer'],
      ['email-delivery', 'consumer'],
      ['email-delivery', 'client'],
    ]);
    // Each follows the one before.
    expect(trace.map(({ parentSpanId }) => parentSpanId)).toEqual([
      null,
      ...trace.slice(0, -1).map(({ spanId }) => spanId),
    ]);
    expect(trace.filter(({ isFailed }) => isFailed)).toEqual([]);
    const sent = find('send deliver');
    expect(message.properties.headers?.['traceparent']).toBe(`00-${traceId}-${sent?.spanId}-01`);
    expect(sent?.attributes['messaging.message.id']).toBe(message.properties.messageId);
    expect(find('mail')?.attributes).toMatchObject({
      'groundswell.provider': 'smtp',
      'groundswell.mail_kind': 'thank_you',
      'groundswell.outcome': 'sent',
    });
    expect(sink.mails.filter(({ to }) => to.includes(person.email))).toHaveLength(1);
    const { rows } = await fleet.sql.query('select trace from mail.deliveries where page_id = $1', [page.id]);
    expect(rows).toEqual([{ trace: null }]);
    keep(trace);
  });

  it('goes on in the trace of the caller, and keeps out of one that the caller does not record', async () => {
    const [recorded, unrecorded] = ['a', 'b'].map((digit) => digit.repeat(32));
    for (const [traceId, flags] of [
      [recorded, '01'],
      [unrecorded, '00'],
    ]) {
      await fleet.anonymous.ask(signMutation, signature(page, { email: `someone-${flags}@example.org` }), {
        traceparent: `00-${traceId}-${'c'.repeat(16)}-${flags}`,
        tracestate: 'proxy=1',
      });
    }
    const seen = (name: string) => collector.traceOf(recorded ?? '').some((span) => span.name === name);
    await waitFor(() => seen('mail') && seen('POST /api'));
    expect(collector.traceOf(recorded ?? '')[0]).toMatchObject({ name: 'POST /api', parentSpanId: 'c'.repeat(16) });
    await waitFor(async () => {
      const done = await fleet.sql.query(`select from mail.deliveries where page_id = $1 and state = 'sent'`, [
        page.id,
      ]);
      return done.rowCount === 3;
    });
    expect(collector.traceOf(unrecorded ?? '')).toEqual([]);
  });

  it('leads from a request to its mail by the fields of the log', async () => {
    const requestId = randomUUID();
    await sign(requestId, page, { email: 'someone-else@example.org' });
    interface Line {
      msg?: string;
      requestId?: string;
      submissionId?: string;
      actionId?: number;
      purpose?: string;
      traceId?: string;
    }
    const lines = (service: string): Line[] =>
      (written().get(`${service}.log`) ?? '')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Line);
    const traceId = requestId.replaceAll('-', '');
    const accepted = await waitFor(() =>
      lines('api-gateway').find((line) => line.requestId === requestId && line.msg === 'accepted'),
    );
    const stored = await waitFor(() =>
      lines('action-ingest').find((line) => line.submissionId === accepted.submissionId),
    );
    expect(stored).toMatchObject({ msg: 'stored', traceId, actionId: expect.any(Number) as number });
    const sent = await waitFor(() =>
      lines('email-delivery').find((line) => line.msg === 'mail sent' && line.traceId === traceId),
    );
    expect(sent.purpose).toBe(`supporter:thank_you:${stored.actionId}`);
  });

  it('tells nothing of anybody: in no log, span or report, whatever happens to what they wrote', async () => {
    await beTold();
    const files = written();
    for (const { name } of services) expect(files.get(`${name}.log`)?.length ?? 0).toBeGreaterThan(1_000);
    expect(files.get('files/audit.log')).toContain('"resource":"org"');
    expect(files.get('files/error.log')).toContain('"msg":"request failed"');
    for (const [name, text] of files) {
      // The last one may be half written.
      for (const line of text.split('\n').slice(0, -1)) {
        expect({ name, line: JSON.parse(line) as object }).toMatchObject({
          line: {
            level: expect.any(String) as string,
            time: expect.any(String) as string,
            service: expect.any(String) as string,
          },
        });
      }
      expect({ name, found: tellTalesIn(text, tellTales) }).toEqual({ name, found: [] });
    }
    expect(tellTalesIn(collector.bodies.join('\n'), tellTales)).toEqual([]);
    expect(tellTalesIn(reports.bodies.join('\n'), tellTales)).toEqual([]);
    // It would have been found.
    for (const form of formsOf(person.email)) expect(tellTalesIn(`x${form}y`, tellTales)).not.toEqual([]);
    const inside = Buffer.from(`{"e":"${person.email}"}`);
    expect(tellTalesIn(inside.toString('base64'), [person.email])).not.toEqual([]);
    expect(tellTalesIn(inside.toString('hex'), [person.email])).not.toEqual([]);
  });

  it('takes signatures as ever while the collector takes nothing, and says so', async () => {
    const gateway = fleet.service('api-gateway');
    const says = () => readFileSync(gateway.log, 'utf8').includes('spans do not reach the collector');
    expect(says()).toBe(false);
    collector.status = 400;
    await sign(undefined, page, { email: 'untraced@example.org' });
    await waitFor(says);
    await sign(undefined, page, { email: 'untraced-too@example.org' });
  });

  it('loads nothing of all that unless it is switched on', () => {
    const programs = process.env['GROUNDSWELL_DIST'] ?? 'dist';
    for (const { name } of services) {
      const program = readFileSync(join(programs, 'apps', name, 'main.js'), 'utf8');
      const imports = program.match(/\b(?:from|import\(?) ?"@(?:opentelemetry|sentry)\/[^"]+"/g) ?? [];
      expect({ name, ofThem: imports.length > 0 }).toEqual({ name, ofThem: true });
      expect({ name, atStart: imports.filter((text) => !text.startsWith('import(')) }).toEqual({ name, atStart: [] });
    }
  });

  it('has the attributes of its spans in docs/tracing.md, and no others', () => {
    const page = readFileSync(join('docs', 'tracing.md'), 'utf8');
    const documented = page.match(/`(?:http|graphql|messaging|groundswell|error)\.[a-z_.]+`/g) ?? [];
    const used = new Set(collector.spans.flatMap(({ attributes }) => Object.keys(attributes)));
    expect([...used].sort()).toEqual([...new Set(documented.map((name) => name.slice(1, -1)))].sort());
  });

  it('reports what failed, and what callers did wrong with every word censored', () => {
    const fault = reports.reports.find(({ message }) => message === 'request failed');
    expect(fault).toMatchObject({
      level: 'error',
      tags: { service: 'api-gateway', requestId: expect.any(String) as string },
      exception: {
        values: [{ type: 'QueryFailedError', value: expect.stringContaining('permission denied') as string }],
      },
    });
    const frames = fault?.exception?.values[0]?.stacktrace?.frames ?? [];
    expect(frames.length).toBeGreaterThan(0);
    const mistake = reports.reports.find(({ message }) => message?.startsWith('User error addActionContact.email'));
    expect(mistake).toMatchObject({
      level: 'warning',
      message: 'User error addActionContact.email has invalid format',
      extra: { variables: { contact: { firstName: 'XXXXXXXXX', address: { country: 'PL', postcode: '00-000' } } } },
    });
  });

  /** Everything in which what a person wrote passes through other hands than usual. */
  async function beTold(): Promise<void> {
    const { anonymous } = fleet;
    // Bad input, of every kind.
    const wrong = [
      { email: `${person.email} ${person.lastName}` },
      { firstName: `<${person.firstName}>` },
      { address: { country: person.street } },
    ];
    for (const contact of wrong) {
      expect((await anonymous.ask(signMutation, signature(page, contact))).errors).not.toEqual([]);
    }
    await anonymous.ask(signMutation, { ...signature(), contact: [person.email] });
    await anonymous.ask(
      `mutation { addActionContact(contact: { email: "${person.email}", ${person.comment.split('-')[0]}: 1 }) { contactRef } }`,
    );
    const post = (path: string, body: string, headers: Record<string, string> = {}) =>
      fetch(`${fleet.gatewayUrl}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
    await post('/api', `{"query": "${person.email}`);
    await post(`/nowhere/${encodeURIComponent(person.email)}?name=${encodeURIComponent(person.lastName)}`, '{}');
    await fetch(
      `${fleet.gatewayUrl}/link/s/1/accept/${encodeURIComponent(person.email)}?email=${encodeURIComponent(person.email)}`,
    );
    const basic = Buffer.from(`${person.staff}:${person.password}`).toString('base64');
    await post('/api', '{"query":"{ currentUser { email } }"}', { authorization: `Basic ${basic}` });
    await post(
      '/users/login',
      `user[email]=${encodeURIComponent(person.staff)}&user[password]=${encodeURIComponent(person.password)}`,
      { 'content-type': 'application/x-www-form-urlencoded' },
    );
    await org.owner.ask(
      'mutation ($org: String!, $email: String!) { inviteOrgUser(orgName: $org, input: { email: $email, role: "owner" }, message: "x") { code } }',
      { org: org.name, email: person.staff },
    );
    // A mail that is refused, with the address in the answer; a webhook that answers with what it got.
    sink.refuse(`bounce.${person.email}`, `550 5.1.1 <bounce.${person.email}> ${person.lastName} is unknown here`);
    await sign(undefined, page, { email: `bounce.${person.email}` });
    webhook.answer = { status: 400, body: JSON.stringify(person) };
    await org.owner.data(pushesTo, { org: org.name, url: webhook.url });
    const ref = await sign(undefined, page, { email: `pushed.${person.email}` });
    await waitFor(() => webhook.calls.length > 0);
    // A confirm mail, and its link.
    await org.owner.data(
      'mutation ($org: String!) { updateOrgProcessing(name: $org, supporterConfirm: true, supporterConfirmTemplate: "supporter_confirm") { name } }',
      { org: org.name },
    );
    const asked = await sign(undefined, page, { email: `asked.${person.email}` });
    const action = await waitFor(async () => {
      const { rows } = await fleet.sql.query<{ id: string }>(
        `select a.id from actions.actions a join actions.supporters s on s.id = a.supporter_id where s.email = $1`,
        [`asked.${person.email}`],
      );
      return rows[0]?.id;
    });
    await fetch(`${fleet.gatewayUrl}/link/s/${action}/accept/${asked}`);
    await waitFor(() => sink.mails.some(({ to }) => to.includes(`asked.${person.email}`)));
    // A bounce that a provider tells of.
    const { service } = await org.owner.data<{ service: { webhookUrl: string } }>(
      'mutation ($org: String!) { service: upsertService(orgName: $org, input: { name: MAILJET }) { id webhookUrl } }',
      { org: org.name },
    );
    const bounce = {
      event: 'bounce',
      hard_bounce: true,
      time: 1_772_366_000,
      email: person.email,
      CustomID: `action:${action}`,
      error: person.email,
    };
    await post(new URL(service.webhookUrl).pathname, JSON.stringify([bounce, { event: person.email }]));
    await post(`${new URL(service.webhookUrl).pathname}-wrong`, JSON.stringify(bounce));
    await poison();
    // A fault of the gateway, with the person's row in hand.
    await fleet.sql.query('revoke select on actions.supporters from gs_gateway');
    const contact = 'query ($org: String!, $ref: String!) { exportContact(orgName: $org, contactRef: $ref) }';
    expect((await org.owner.ask(contact, { org: org.name, ref })).status).toBe(500);
    await fleet.sql.query('grant select on actions.supporters to gs_gateway');
    await org.owner.data(
      'mutation ($org: String!, $ref: String!) { eraseContact(orgName: $org, contactRef: $ref) { id } }',
      { org: org.name, ref },
    );
    await waitFor(() => reports.reports.some(({ message }) => message === 'request failed'));
    await waitFor(() =>
      reports.reports.some(({ message }) => message?.startsWith('User error addActionContact.email')),
    );
  }

  /** Messages that cannot be stored: one that is none of ours, and one that the database refuses for what it says. */
  async function poison(): Promise<void> {
    const model = await connect(fleet.home.infra.amqpUrl);
    const channel = await model.createConfirmChannel();
    const body = JSON.stringify({ schema: 'groundswell:submission:1', kind: 'contact', supporter: person });
    channel.publish('ingest', '0', Buffer.from(body), { messageId: randomUUID() });
    channel.publish('ingest', '0', Buffer.from(`${person.email} {`), { messageId: randomUUID() });
    channel.publish('deliver', `${org.name}.system.action`, Buffer.from(body), {
      messageId: randomUUID(),
      headers: { org_id: org.id },
    });
    await channel.waitForConfirms();
    await model.close();
    await fleet.sql.query(
      `alter table actions.supporters add constraint no_poison check (first_name is distinct from '${person.firstName}') not valid`,
    );
    await sign(undefined, page, { email: `poison.${person.email}` });
    await waitFor(async () => (await fleet.sql.query('select from actions.parked')).rowCount === 3);
    await fleet.sql.query('alter table actions.supporters drop constraint no_poison');
  }
});

/** For docs/tracing.md, and for whoever wants to look at it: times in ms since the request. */
function keep(trace: SeenSpan[]): void {
  const dir = join('.local', 'test', 'traces');
  const zero = trace[0]?.startedAt ?? 0;
  const since = (at: number): number => Math.round((at - zero) * 10) / 10;
  const spans = trace.map(({ startedAt, endedAt, ...span }) => ({
    ...span,
    startedAt: since(startedAt),
    endedAt: since(endedAt),
  }));
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'signature.json'), `${JSON.stringify(spans, null, 2)}\n`);
}
