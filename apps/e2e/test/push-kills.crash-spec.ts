import { randomBytes } from 'node:crypto';
import { seededRandom, waitFor } from '@groundswell/testing';
import { CrashFleet, describeStrike } from '../src/crash/crash-fleet';
import { report, say, setting } from '../src/crash/crash-report';
import { MailSigners } from '../src/crash/mail-signers';
import { settlePushes } from '../src/crash/push-audit';
import { faulty, PushEndpoint } from '../src/crash/push-endpoint';
import { aPushingOrg } from '../src/crash/push-world';
import { nameOf, strikesOf } from '../src/crash/strikes';

const pushes = setting('CRASH_PUSHES', 300);
const strikeCount = setting('CRASH_KILLS', 3);
/** In the first three strikes of seed 10 the broker, a forwarder and the database die, each alone and not for long. */
const seeds = (process.env['CRASH_SEED'] ?? '10').split(',').map(Number);

/** A call that is not answered ends soon, and so does one whose process is gone; the other settings keep their defaults. */
const forwarderSettings = {
  PUSH_CONNECT_TIMEOUT_MS: '500',
  PUSH_TIMEOUT_MS: '1500',
  PUSH_LEASE_MS: '5000',
  PUSH_RETRY_FIRST_MS: '200',
  PUSH_POLL_MS: '200',
  TIDY_INTERVAL: '500',
  CATALOGUE_POLL_MS: '500',
  CALLS_PER_ORG: '4',
};
const replicas = ['crm-forwarder', 'crm-forwarder-2'];
/** Answers take so long that calls are under way whenever a process is killed. */
const answers = { usualMs: 100, slowMs: 600, tooLateMs: 2_500 };

describe('pushes to a webhook while everything is killed at random', () => {
  let crash: CrashFleet;
  const endpoints: PushEndpoint[] = [];

  beforeAll(async () => {
    crash = await CrashFleet.create('push-kills');
    await crash.start();
    for (const replica of replicas) {
      await crash.fleet.startOne('crm-forwarder', { ...forwarderSettings, REPLICA_ID: replica }, replica);
    }
    await crash.ready();
  });
  afterAll(async () => {
    await crash?.stop();
    for (const endpoint of endpoints) await endpoint.close();
  });

  /** Strikes while pushes go out. Returns how often which processes were killed. */
  async function attack(signers: MailSigners, endpoint: PushEndpoint, seed: number): Promise<Record<string, number>> {
    const kills: Record<string, number> = {};
    const perStrike = Math.ceil(pushes / strikeCount);
    const strikes = strikesOf(seed, strikeCount, ['crm-forwarder', 'rabbit', 'postgres']);
    for (const [index, strike] of strikes.entries()) {
      signers.allow(perStrike);
      // Some pushes wait for their next attempt, so that all of them never come at once.
      const isTaken = (part: number) => endpoint.taken >= 0.9 * perStrike * (index + part);
      const isBusy = () => endpoint.underWay > Number(forwarderSettings.CALLS_PER_ORG);
      // In the middle of calls by both replicas, unless the rest came faster than it was looked.
      await waitFor(() => isTaken(strike.at) && (isBusy() || isTaken(1)));
      const [struckAt, cutOffBefore] = [Date.now(), endpoint.cutOff];
      await crash.strike(strike);
      kills[nameOf(strike)] = (kills[nameOf(strike)] ?? 0) + 1;
      const whole = `whole again after ${Date.now() - struckAt} ms`;
      const cutOff = `${endpoint.cutOff - cutOffBefore} calls cut off`;
      say(`strike ${index + 1}: ${describeStrike(strike)}, ${whole}; ${cutOff}, ${endpoint.taken} pushes taken`);
    }
    await waitFor(() => signers.accepted >= perStrike * strikeCount);
    return kills;
  }

  it.each(seeds)(
    'and every action arrived at least once, always under one id (seed %i)',
    async (seed) => {
      const endpoint = new PushEndpoint(faulty(seededRandom(seed), answers));
      endpoints.push(endpoint);
      await endpoint.open();
      const { org, page } = await aPushingOrg(crash.fleet, endpoint.url);
      const run = `p${seed}${randomBytes(3).toString('hex')}`;
      const [gatewayUrl = ''] = crash.gatewayUrls;
      const signers = new MailSigners({ gatewayUrl, pageIds: [page.id], run, concurrency: 24 });
      const startedAt = Date.now();
      signers.start();
      const kills = await attack(signers, endpoint, seed).finally(() => signers.stop());
      const runSeconds = (Date.now() - startedAt) / 1000;
      // Nobody gave up, so all that were given are accepted.
      const accepted = new Set(Array.from({ length: signers.accepted }, (_, number) => `${run}-${number}`));
      const { sql, home } = crash.fleet;
      const books = { sql, amqpUrl: home.infra.amqpUrl, endpoint, org, run, accepted };
      const { faults, figures, seconds } = await settlePushes(books, 120_000);
      say(`${figures.repeats} repeats at the endpoint, ${figures.takenAgain} of actions that it had taken`);
      report(`push-kills-seed-${seed}`, {
        seed,
        accepted: signers.accepted,
        ...figures,
        cutOff: endpoint.cutOff,
        misfortunes: endpoint.misfortunes,
        kills,
        runSeconds,
        settleSeconds: seconds,
        faults,
      });
      expect(faults).toEqual({});
      // Else nothing was killed between a call and the end that is written of it, and nothing is proven.
      expect(endpoint.cutOff + figures.takenAgain).toBeGreaterThan(0);
    },
    1_800_000,
  );
});
