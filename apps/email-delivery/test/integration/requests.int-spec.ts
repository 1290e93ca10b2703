import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { requestQueue } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { MailRequests } from '../../src/requests/mail-requests';
import { SuppressionRequests } from '../../src/requests/suppression-requests';
import { MailFixture } from './mail-fixture';

let fixture: MailFixture;
let app: NestFastifyApplication;

beforeAll(async () => {
  fixture = await MailFixture.create();
  await fixture.vhost.declareExchange('reply');
  await fixture.vhost.declareQueue('answers', { exchange: 'reply', key: 'answers' });
  await fixture.vhost.declareQueue(requestQueue('email-delivery'));
  app = await fixture.start();
  orgId = (await fixture.anOrg(null)).id;
  await fixture.seen((catalogue) => catalogue.orgs.get(orgId) !== undefined);
});
afterAll(() => fixture.close());

/** Without an email backend, so that nothing is sent. */
let orgId: number;

/** Over the broker, as the gateway asks. */
async function replyTo(request: { id: string } & Record<string, unknown>): Promise<unknown> {
  const properties = { messageId: request.id, replyTo: 'answers', correlationId: request.id };
  await fixture.vhost.send(requestQueue('email-delivery'), [request], () => properties);
  const [message] = await waitFor(async () => {
    const drained = await fixture.vhost.drain('answers');
    return drained.length > 0 && drained;
  });
  return JSON.parse(message!.content.toString('utf8'));
}

async function aMail(columns: Record<string, unknown> = {}): Promise<{ id: string; purpose: string }> {
  const content = { recipient: '{"email": "harald@example.org"}', variables: '{}', ref: 'ref', address_hash: 'hash' };
  const row = {
    ...content,
    purpose: `supporter:thank_you:${fixture.next()}`,
    kind: 'thank_you',
    org_id: orgId,
    state: 'unknown',
    ...columns,
  };
  const names = Object.keys(row);
  const { rows } = await fixture.sql.query<{ id: string }>(
    `insert into mail.deliveries (${names.join(', ')}) values (${names.map((_, at) => `$${at + 1}`).join(', ')})
     returning id::text as id`,
    Object.values(row),
  );
  return { id: rows[0]!.id, purpose: row.purpose };
}

const rowOf = async (purpose: string) => {
  const { rows } = await fixture.sql.query<{ state: string; error: string; recipient: unknown; hash: string }>(
    `select state, error, recipient, convert_from(address_hash, 'UTF8') as hash from mail.deliveries where purpose = $1`,
    [purpose],
  );
  return rows[0];
};

describe('a mail of which nobody knows', () => {
  const mails = () => app.get(MailRequests, { strict: false });

  it('is resent once, however many ask at once', async () => {
    const { id, purpose } = await aMail();
    const answers = await Promise.all(Array.from({ length: 20 }, () => mails().resend(id, orgId)));
    expect(answers.filter(({ outcome }) => outcome === 'changed')).toHaveLength(1);
    expect(answers.filter(({ outcome }) => outcome === 'unchanged')).toHaveLength(19);
    expect(await rowOf(purpose)).toEqual({
      state: 'failed',
      error: `resent by a person as ${purpose}:p1`,
      recipient: null,
      hash: 'hash',
    });
    expect(await rowOf(`${purpose}:p1`)).toMatchObject({
      state: 'queued',
      recipient: { email: 'harald@example.org' },
      hash: 'hash',
    });
  });

  it('is resent under the next number, when it was resent before', async () => {
    const { id, purpose } = await aMail({ purpose: `supporter:confirm:${fixture.next()}:p9` });
    await mails().resend(id, null);
    expect(await rowOf(purpose.replace(':p9', ':p10'))).toMatchObject({ state: 'queued' });
  });

  it('is let be, and then not resent', async () => {
    const { id, purpose } = await aMail();
    expect(await mails().drop(id, orgId)).toEqual({ outcome: 'changed' });
    expect(await mails().drop(id, orgId)).toEqual({ outcome: 'unchanged' });
    await expect(mails().resend(id, orgId)).rejects.toMatchObject({ code: 'mail.not_unknown' });
    expect(await rowOf(purpose)).toMatchObject({ state: 'failed', error: 'dropped by a person', recipient: null });
  });

  it('of somebody erased since is not resent, and may be let be', async () => {
    const { id, purpose } = await aMail({ recipient: null, variables: null });
    await expect(mails().resend(id, orgId)).rejects.toMatchObject({ code: 'mail.nothing_to_send' });
    expect(await rowOf(purpose)).toMatchObject({ state: 'unknown' });
    expect(await mails().drop(id, orgId)).toEqual({ outcome: 'changed' });
  });

  it.each([
    ['another org', {}, 1, 'mail.not_found'],
    ['a state that is known', { state: 'failed', recipient: null, variables: null }, 0, 'mail.not_unknown'],
  ])('of %s stays as it is', async (_what, columns, aside, code) => {
    const { id, purpose } = await aMail(columns);
    const before = await rowOf(purpose);
    await expect(mails().resend(id, orgId + aside)).rejects.toMatchObject({ code });
    await expect(mails().drop(id, orgId + aside)).rejects.toMatchObject({ code });
    expect(await rowOf(purpose)).toEqual(before);
  });
});

describe('a mailing', () => {
  const control = () => app.get(MailRequests, { strict: false });
  it.each([
    ['of another org', 1, 'mail.not_found'],
    ['that did not fail', 0, 'mail.mailing_refused'],
  ])('%s is not retried', async (_what, aside, code) => {
    const { rows } = await fixture.sql.query<{ id: string }>(
      `insert into mail.mailings (purpose, org_id, state) values ($1, $2, 'submitted') returning id::text as id`,
      [fixture.unique('mailing'), orgId],
    );
    await expect(control().retryMailing(rows[0]!.id, orgId + aside)).rejects.toMatchObject({ code });
  });
});

describe('a suppressed address', () => {
  let provider: Server;
  let status = 200;
  const called: string[] = [];
  beforeAll(async () => {
    provider = createServer((request, response) => {
      called.push(`${request.method} ${request.url}`);
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
    provider.listen(0, '127.0.0.1');
    await once(provider, 'listening');
  });
  beforeEach(() => {
    status = 200;
    called.length = 0;
  });
  afterAll(() => {
    provider.closeAllConnections();
    provider.close();
  });

  const requests = () => app.get(SuppressionRequests, { strict: false });
  const host = () => `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;

  /** Suppressed for a new service, and for a neighbour of it. */
  async function suppressedBy(name: string): Promise<{ serviceId: number; neighbourId: number }> {
    const ids: number[] = [];
    for (const _ of ['this one', 'neighbour']) {
      const { rows } = await fixture.sql.query<{ id: number }>(
        `with org as (insert into catalog.orgs (name, title) values ($1, 'T') returning id)
         insert into catalog.services (org_id, name, host, "user", password)
         select id, $2, $3, 'mg.example.org', '' from org returning id::int as id`,
        [fixture.unique('org'), name, host()],
      );
      ids.push(rows[0]!.id);
    }
    const [serviceId = 0, neighbourId = 0] = ids;
    for (const id of ids) await insertSuppression(id);
    return { serviceId, neighbourId };
  }

  async function insertSuppression(serviceId: number): Promise<void> {
    await fixture.sql.query(
      `insert into mail.suppressions (service_id, address_hash, reason, created_at)
       values ($1, $2, 'spam', '2026-11-20T10:00:00.125Z')`,
      [serviceId, fixture.addressHash('harald@example.org')],
    );
  }

  const suppressed = { suppressed: true, reason: 'spam', at: '2026-11-20T10:00:00.125Z' };

  it('is found in whatever spelling, and of this account alone', async () => {
    const { serviceId } = await suppressedBy('smtp');
    expect(await requests().find(serviceId, ' Harald@Example.ORG ')).toEqual(suppressed);
    const none = { suppressed: false, reason: null, at: null };
    expect(await requests().find(serviceId, 'anna@example.org')).toEqual(none);
    expect(await requests().find(serviceId + 1_000_000, 'harald@example.org')).toEqual(none);
  });

  it('goes from all lists of the provider, then from ours', async () => {
    const { serviceId, neighbourId } = await suppressedBy('mailgun');
    const removed = await requests().remove(serviceId, 'Harald@example.org');
    expect(removed).toEqual({ outcome: 'changed', provider: 'removed' });
    expect(called).toEqual(
      ['bounces', 'complaints', 'unsubscribes'].map((list) => `DELETE /v3/mg.example.org/${list}/harald%40example.org`),
    );
    expect(await requests().find(serviceId, 'harald@example.org')).toMatchObject({ suppressed: false });
    expect(await requests().find(neighbourId, 'harald@example.org')).toEqual(suppressed);
    expect(await requests().remove(serviceId, 'harald@example.org')).toMatchObject({ outcome: 'unchanged' });
  });

  it.each([500, 401])('stays while the provider answers %i', async (answered) => {
    const { serviceId } = await suppressedBy('mailgun');
    status = answered;
    const removal = requests().remove(serviceId, 'harald@example.org');
    await expect(removal).rejects.toMatchObject({ code: 'mail.provider_refused' });
    expect(await requests().find(serviceId, 'harald@example.org')).toEqual(suppressed);
  });

  it.each([
    ['smtp', 'has_none'],
    ['brevo', 'not_asked'],
  ])('of %s goes from our list: the provider %s', async (name, side) => {
    const { serviceId } = await suppressedBy(name);
    expect(await requests().remove(serviceId, 'harald@example.org')).toEqual({ outcome: 'changed', provider: side });
    expect(called).toEqual([]);
  });

  it('of an account that cannot be opened is refused to whoever asked, and parked nowhere', async () => {
    const { serviceId } = await suppressedBy('mailgun');
    await fixture.sql.query(`update catalog.services set password = 'damaged' where id = $1`, [serviceId]);
    const asked = { kind: 'remove_suppression', serviceId, address: 'harald@example.org' };
    const reply = await replyTo({ schema: 'groundswell:request:1', id: randomUUID(), ...asked });
    expect(reply).toEqual({ ok: false, code: 'mail.failed', text: 'email-delivery could not do it' });
    const { rows } = await fixture.sql.query('select 1 from mail.parked');
    expect(rows).toEqual([]);
    expect(await requests().find(serviceId, 'harald@example.org')).toEqual(suppressed);
  });

  it('of no service is refused', async () => {
    await expect(requests().remove(9_999_999, 'harald@example.org')).rejects.toMatchObject({ code: 'mail.not_found' });
  });
});
