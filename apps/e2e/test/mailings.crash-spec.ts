import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { connect } from 'amqplib';
import { exchanges, mailingKey } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { aCampaign, anOrg, type TestOrg } from '../src/campaign-world';
import { report, setting } from '../src/crash/crash-report';
import { keepCertificate, mailsThrough } from '../src/crash/mail-world';
import { SmtpSink } from '../src/mail-sink';
import { TestFleet } from '../src/test-fleet';

const recipients = setting('CRASH_MAILING', 2_000);
const kills = setting('CRASH_KILLS', 4);
const perPart = 1_000;
const batchesAtOnce = 2;

/** A call whose process is gone ends soon. */
const settings = {
  PROVIDER_CONNECT_TIMEOUT_MS: '1000',
  PROVIDER_TIMEOUT_MS: '1500',
  CALL_LEASE_MS: '6000',
  TIDY_INTERVAL: '500',
  MAILING_BATCH_SIZE: '500',
};

describe('a mailing while email-delivery is killed', () => {
  let fleet: TestFleet;
  let sink: SmtpSink;
  let org: TestOrg;

  beforeAll(async () => {
    sink = await new SmtpSink().start();
    fleet = await TestFleet.create();
    await fleet.start();
    mkdirSync(fleet.home.logDir, { recursive: true });
    const certificate = keepCertificate(fleet, sink);
    const mailer = await fleet.startOne('email-delivery', { ...settings, NODE_EXTRA_CA_CERTS: certificate });
    await mailer.ready({ deadlineMs: 60_000 });
    org = await anOrg(fleet);
    await mailsThrough(org, sink.url);
  });
  afterAll(async () => {
    await fleet.stop();
    await sink.stop();
  });

  const publish = async (mailing: string, campaignId: number): Promise<void> => {
    const about = { purpose: mailing, orgId: org.id, campaignId };
    const parts = Math.ceil(recipients / perPart);
    const content = { subject: 'News', html: '<p>Dear {{firstName}}</p>', text: null };
    const model = await connect(fleet.home.infra.amqpUrl);
    const channel = await model.createConfirmChannel();
    const send = (step: 'content' | 'recipients' | 'prepared', id: string, body: object) =>
      channel.publish(exchanges.deliver, mailingKey(step), Buffer.from(JSON.stringify(body)), {
        persistent: true,
        messageId: `${mailing}:${id}`,
      });
    send('content', 'content', {
      schema: 'groundswell:mailing-content:1',
      ...about,
      content,
      trackOpens: false,
      trackClicks: false,
    });
    for (let part = 1; part <= parts; part += 1) {
      const first = (part - 1) * perPart;
      send('recipients', `part:${part}`, {
        schema: 'groundswell:mailing-recipients:1',
        ...about,
        part,
        recipients: Array.from({ length: Math.min(perPart, recipients - first) }, (_, index) => ({
          contactRef: Buffer.from(`${mailing}-${first + index}`).toString('base64url'),
          actionId: null,
          acceptedAt: new Date().toISOString(),
          email: `reader${first + index}@example.org`,
          name: null,
          locale: null,
          variables: { firstName: `Reader ${first + index}` },
        })),
      });
    }
    send('prepared', 'prepared', { schema: 'groundswell:mailing-prepared:1', ...about, parts, recipients });
    await channel.waitForConfirms();
    await model.close();
  };

  it('each purpose is mailed at most once, and what is not certain stands as unknown', async () => {
    const mailing = `m${randomBytes(4).toString('hex')}`;
    const startedAt = Date.now();
    await publish(mailing, (await aCampaign(org)).id);
    const mailer = fleet.service('email-delivery');
    for (let kill = 1; kill <= kills; kill += 1) {
      await waitFor(() => sink.mails.length >= (recipients * kill) / (kills + 1), 300_000);
      await mailer.kill('SIGKILL');
      await mailer.restart();
    }
    const row = await waitFor(async () => {
      const { rows } = await fleet.sql.query<{ id: string; state: string; error: string | null }>(
        `select id, state, error from mail.mailings where purpose = $1 and state in ('submitted', 'failed')`,
        [mailing],
      );
      return rows[0];
    }, 300_000);
    const { rows: states } = await fleet.sql.query<{ state: string; n: number }>(
      'select state, count(*)::int as n from mail.deliveries where mailing_id = $1 group by state',
      [row.id],
    );
    const { sent = 0, unknown = 0, ...others } = Object.fromEntries(states.map(({ state, n }) => [state, n]));
    const taken = new Map<string, number>();
    for (const { to } of sink.mails) for (const email of to) taken.set(email, (taken.get(email) ?? 0) + 1);
    const seconds = (Date.now() - startedAt) / 1000;
    const most = Math.max(...taken.values());
    report('mailings', { recipients, kills, taken: taken.size, most, sent, unknown, others, row, seconds });
    expect(most).toBe(1);
    expect(others).toEqual({});
    expect(sent + unknown).toBe(recipients);
    expect(taken.size).toBeGreaterThanOrEqual(sent);
    // One mail per batch is between call and result when the process is killed.
    expect(unknown).toBeLessThanOrEqual(kills * batchesAtOnce);
    expect(row.state).toBe(unknown === 0 ? 'submitted' : 'failed');
  }, 900_000);
});
