import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { runInThisContext } from 'node:vm';
import type { PoolClient } from 'pg';
import { waitFor } from '@groundswell/testing';
import { MailFixture, type TestOrg } from './mail-fixture';

/** Jest gives its tests a copy, which hears of no rejections. */
const realProcess = runInThisContext('process') as NodeJS.Process;

/** Mailgun, which takes each address for dead; `beforeAnswer` is waited for. */
async function refusingMailgun(beforeAnswer: () => Promise<unknown>): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      await buffer(request);
      await beforeAnswer();
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: "'to' parameter is not a valid address" }));
    };
    void answer();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('a mail that cannot be composed while the end of the one before is written', () => {
  let fixture: MailFixture;
  let mailgun: Server;
  let holder: PoolClient;
  let calls = 0;
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);

  /** Neither the end of a mail nor a template that is not known yet gets through. */
  const hold = async (): Promise<void> => {
    await holder.query('begin');
    await holder.query('select from mail.deliveries for update');
    await holder.query('lock table catalog.email_templates in access exclusive mode');
  };

  beforeAll(async () => {
    fixture = await MailFixture.create();
    holder = await fixture.sql.connect();
    mailgun = await refusingMailgun(async () => {
      calls += 1;
      if (calls === 1) await hold();
    });
    await fixture.start({
      CALLS_PER_ACCOUNT: '1',
      PROVIDER_TIMEOUT_MS: '10000',
      CALL_LEASE_MS: '90000',
    });
    realProcess.on('unhandledRejection', note);
  });
  afterAll(async () => {
    realProcess.off('unhandledRejection', note);
    await holder.query('rollback');
    holder.release();
    await fixture.close();
    mailgun.close();
  });

  /** Two mails of one claim, each by a template of its own. */
  const claimTwo = async (): Promise<void> => {
    const org = await fixture.anOrg({ name: 'supabase' });
    const pages: TestOrg[] = [];
    for (const name of ['first', 'second']) {
      const template = { org_id: org.id, name, locale: 'en', subject: 'Thanks', html: '<p>Thanks</p>' };
      await fixture.insert('catalog.email_templates', template);
      const page = { name: `${org.name}/${name}`, locale: 'en', org_id: org.id, campaign_id: org.campaignId };
      const pageId = await fixture.insert('catalog.action_pages', { ...page, thank_you_template: name });
      pages.push({ ...org, pageId });
    }
    await fixture.seen(
      (catalogue) =>
        catalogue.templatesOfOrg(org.id).length === pages.length &&
        pages.every(({ pageId }) => catalogue.pages.get(pageId) !== undefined),
    );
    for (const page of pages) await fixture.signed(page);
    const putOff = `error = 'supabase sends no mail'`;
    await waitFor(async () => (await fixture.deliveries(putOff)).length === pages.length);
    const host = `http://127.0.0.1:${(mailgun.address() as AddressInfo).port}`;
    const serviceId = await fixture.setBackend(org, 'email_backend_id', { name: 'mailgun', host });
    await fixture.seen(({ orgs }) => orgs.get(org.id)?.emailBackendId === serviceId);
    await fixture.sql.query('update mail.deliveries set next_attempt_at = now()');
  };

  /** Connections of email-delivery to this database whose statement is like that and waits for a lock. */
  const waiting = async (statement: string): Promise<number[]> => {
    const { rows } = await fixture.sql.query<{ pid: number }>(
      `select pid from pg_stat_activity
        where datname = current_database() and application_name = 'email-delivery' and wait_event_type = 'Lock'
          and query ~ $1`,
      [statement],
    );
    return rows.map(({ pid }) => pid);
  };
  const isGone = async (pid: number): Promise<boolean> =>
    (await fixture.sql.query('select from pg_stat_activity where pid = $1', [pid])).rowCount === 0;

  it('goes back, and its failure is nobody else’s', async () => {
    await claimTwo();
    const [composing] = await waitFor(async () => {
      const pids = await waiting('from catalog.email_templates where id');
      return pids.length > 0 && (await waiting('mail.deliveries')).length > 0 && pids;
    });
    await fixture.sql.query('select pg_cancel_backend($1)', [composing]);
    // The service cuts such a connection before it says that the statement failed.
    await waitFor(() => isGone(composing as number));
    await fixture.sql.query('select');
    await holder.query('rollback');
    const isOver = `state = 'failed' and error ~ 'valid address'`;
    await waitFor(async () => (await fixture.deliveries(isOver)).length === 2);
    expect(calls).toBe(2);
    expect(unhandled).toEqual([]);
  });
});
