import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '@groundswell/testing';
import { report, setting } from '../src/crash/crash-report';
import { keepCertificate } from '../src/crash/mail-world';
import {
  addMailout,
  aMailoutOrg,
  changeMailout,
  mailoutState,
  mailStates,
  seedSupporters,
  type MailoutOrg,
} from '../src/crash/mailout-world';
import { SmtpSink } from '../src/mail-sink';
import { TestFleet } from '../src/test-fleet';

const supporters = setting('CRASH_MAILOUT', 300);
const kills = setting('CRASH_KILLS', 2);
/** The first ones while the audience is built, the others while mails go out. */
const buildingKills = Math.ceil(kills / 2);
const sendingKills = kills - buildingKills;
const batchSize = supporters >= 5_000 ? 500 : 50;
const batchesAtOnce = 2;
const longMs = 900_000;

const mailerSettings = {
  PROVIDER_CONNECT_TIMEOUT_MS: '1000',
  PROVIDER_TIMEOUT_MS: '1500',
  CALL_LEASE_MS: '6000',
  TIDY_INTERVAL: '500',
  MAILING_BATCH_SIZE: String(batchSize),
};
const notifySettings = { MAILOUT_STEP_SIZE: supporters >= 5_000 ? '500' : '5', MAILOUT_SETTLE_INTERVAL: '500' };

describe('a mailout while notify-service and email-delivery are killed', () => {
  let fleet: TestFleet;
  let sink: SmtpSink;
  let world: MailoutOrg;
  let taken = new Map<string, number>();
  let slowMs = 0;

  beforeAll(async () => {
    sink = await new SmtpSink({
      onMail: async ({ to }) => {
        for (const email of to) taken.set(email, (taken.get(email) ?? 0) + 1);
        if (slowMs > 0) await sleep(slowMs);
      },
    }).start();
    fleet = await TestFleet.create();
    await fleet.start();
    const certificate = keepCertificate(fleet, sink);
    const mailer = await fleet.startOne('email-delivery', { ...mailerSettings, NODE_EXTRA_CA_CERTS: certificate });
    const notifier = await fleet.startOne('notify-service', notifySettings);
    await Promise.all([mailer, notifier].map((service) => service.ready({ deadlineMs: 60_000 })));
    world = await aMailoutOrg(fleet, sink.url);
    await seedSupporters(fleet, world, supporters);
  });
  afterAll(async () => {
    await fleet.stop();
    await sink.stop();
  });

  const kill = async (name: 'notify-service' | 'email-delivery'): Promise<void> => {
    const service = fleet.service(name);
    await service.kill('SIGKILL');
    await service.restart();
  };
  const candidates = async (name: string): Promise<number> => {
    const { rows } = await fleet.sql.query<{ n: number }>(
      'select candidates as n from notify.mailouts where name = $1',
      [name],
    );
    return rows[0]?.n ?? 0;
  };

  it('each supporter gets it once, and what is not certain stands as unknown', async () => {
    const startedAt = Date.now();
    const name = await addMailout(world);
    await changeMailout(world, name, 'startMailout');
    const killedAt: number[] = [];
    for (let n = 1; n <= buildingKills; n += 1) {
      await waitFor(async () => (await candidates(name)) >= (supporters * n) / (buildingKills + 2), longMs);
      await kill('notify-service');
      killedAt.push(await candidates(name));
    }
    for (let n = 1; n <= sendingKills; n += 1) {
      await waitFor(() => taken.size >= (supporters * n) / (sendingKills + 1), longMs);
      await kill('email-delivery');
    }
    const { rows } = await waitFor(async () => {
      const found = await fleet.sql.query<{ state: string; error: string | null }>(
        `select m.state, m.error from mail.mailings m join notify.mailouts o on m.purpose = 'mailout:' || o.id
          where o.name = $1 and m.state in ('submitted', 'failed')`,
        [name],
      );
      return found.rows.length > 0 && found;
    }, longMs);
    const unknownAtMost = sendingKills * batchesAtOnce;
    const { SENT: sent = 0, UNKNOWN: unknown = 0, ...others } = await mailStates(world, name);
    const most = Math.max(...taken.values());
    const seconds = (Date.now() - startedAt) / 1000;
    report('mailouts', {
      supporters,
      kills,
      killedAt,
      taken: taken.size,
      most,
      sent,
      unknown,
      others,
      ...rows[0],
      seconds,
    });
    expect(most).toBe(1);
    expect(others).toEqual({});
    expect(sent + unknown).toBe(supporters);
    expect(taken.size).toBeGreaterThanOrEqual(sent);
    // One mail per batch is between call and result when email-delivery is killed.
    expect(unknown).toBeLessThanOrEqual(unknownAtMost);
    expect(await mailoutState(world, name)).toMatchObject({
      counts: { candidates: supporters, handedOver: supporters, leftOut: 0, awaitingOptIn: 0 },
    });
    if (unknown === 0) await waitFor(async () => (await mailoutState(world, name)).state === 'COMPLETE');
    else expect(await mailoutState(world, name)).toMatchObject({ state: 'SENDING', error: expect.any(String) });
  }, 3_600_000);

  it('the stop button stops within one batch', async () => {
    taken = new Map();
    slowMs = 50;
    const name = await addMailout(world);
    await changeMailout(world, name, 'startMailout');
    await waitFor(() => taken.size >= Math.min(supporters / 10, 500), longMs);
    const { state } = await changeMailout(world, name, 'stopMailout');
    const atStop = taken.size;
    expect(state).toBe('STOPPED');
    await waitFor(async () => {
      const { QUEUED = 0, SENDING = 0 } = await mailStates(world, name);
      return QUEUED + SENDING === 0;
    }, longMs);
    const { SENT: sent = 0, FAILED: unsent = 0, ...others } = await mailStates(world, name);
    report('mailout-stop', { supporters, atStop, after: taken.size - atStop, sent, unsent, others });
    expect(taken.size - atStop).toBeLessThanOrEqual(batchSize);
    expect([sent, others]).toEqual([taken.size, {}]);
    expect(sent + unsent).toBe(supporters);
    expect(unsent).toBeGreaterThan(0);
  }, 3_600_000);
});
