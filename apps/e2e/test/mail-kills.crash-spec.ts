import { randomBytes } from 'node:crypto';
import { seededRandom, waitFor } from '@groundswell/testing';
import { CrashFleet, describeStrike } from '../src/crash/crash-fleet';
import { report, say, setting } from '../src/crash/crash-report';
import { FaultyMailServer } from '../src/crash/faulty-mail-server';
import { settleMails } from '../src/crash/mail-audit';
import { MailSigners } from '../src/crash/mail-signers';
import { aConfirmingOrg, aThankingOrg, keepCertificate } from '../src/crash/mail-world';
import { nameOf, strikesOf } from '../src/crash/strikes';

/** Thank-yous and confirms together. */
const mails = setting('CRASH_MAILS', 300);
const strikeCount = setting('CRASH_KILLS', 2);
const seeds = (process.env['CRASH_SEED'] ?? '1').split(',').map(Number);

/** A call that is not answered ends soon, and so does one whose process is gone. Schedules and all else keep their defaults. */
const mailerSettings = {
  PROVIDER_CONNECT_TIMEOUT_MS: '1000',
  PROVIDER_TIMEOUT_MS: '1500',
  CALL_LEASE_MS: '6000',
  TIDY_INTERVAL: '500',
  CALLS_PER_ACCOUNT: '4',
};
const replicas = ['email-delivery', 'email-delivery-2'];
const orgsOfEachKind = 2;
/** Calls that one strike can interrupt at most: all that are under way. */
const callsUnderWay = replicas.length * 2 * orgsOfEachKind * Number(mailerSettings.CALLS_PER_ACCOUNT);

describe('mails while everything is killed at random', () => {
  let crash: CrashFleet;
  let server: FaultyMailServer;

  beforeAll(async () => {
    server = new FaultyMailServer(seededRandom(seeds[0] ?? 1));
    await server.sink.start();
    crash = await CrashFleet.create('mail-kills');
    await crash.start();
    const certificate = keepCertificate(crash.fleet, server.sink);
    for (const replica of replicas) {
      const settings = { ...mailerSettings, NODE_EXTRA_CA_CERTS: certificate, REPLICA_ID: replica };
      await crash.fleet.startOne('email-delivery', settings, replica);
    }
    await crash.ready();
  });
  afterAll(async () => {
    await crash?.stop();
    await server?.sink.stop();
  });

  /** Strikes while mails go out. Returns how often which processes were killed. */
  async function attack(signers: MailSigners, seed: number): Promise<Record<string, number>> {
    const kills: Record<string, number> = {};
    const perStrike = Math.ceil(mails / strikeCount);
    const before = server.count;
    const strikes = strikesOf(seed, strikeCount, ['email-delivery', 'rabbit', 'postgres']);
    for (const [index, strike] of strikes.entries()) {
      signers.allow(perStrike);
      // Some mails wait for their next try, so that all of them never come at once.
      const isDue = () => server.count - before >= 0.9 * perStrike * (index + strike.at);
      await waitFor(isDue);
      const struckAt = Date.now();
      await crash.strike(strike);
      kills[nameOf(strike)] = (kills[nameOf(strike)] ?? 0) + 1;
      const whole = `whole again after ${Date.now() - struckAt} ms`;
      say(`strike ${index + 1}: ${describeStrike(strike)}, ${whole}; ${server.count - before} mails taken`);
    }
    await waitFor(() => signers.accepted >= mails);
    return kills;
  }

  it.each(seeds)(
    'and every purpose was sent once, or stands with a reason (seed %i)',
    async (seed) => {
      const host = server.sink.url;
      const thanking = [await aThankingOrg(crash.fleet, host), await aThankingOrg(crash.fleet, host)];
      const confirming = [await aConfirmingOrg(crash.fleet, host), await aConfirmingOrg(crash.fleet, host)];
      for (const { org } of [...thanking, ...confirming]) await crash.fleet.crmLogin(org.id);
      const pageIds = [...thanking, ...confirming].map(({ page }) => page.id);
      const run = `m${seed}${randomBytes(3).toString('hex')}`;
      const [gatewayUrl = ''] = crash.gatewayUrls;
      const signers = new MailSigners({ gatewayUrl, pageIds, run, concurrency: 24 });
      const startedAt = Date.now();
      signers.start();
      const kills = await attack(signers, seed).finally(() => signers.stop());
      const runSeconds = (Date.now() - startedAt) / 1000;
      const confirmingPages = new Set(confirming.map(({ page }) => page.id));
      const books = { sql: crash.fleet.sql, server, run, accepted: signers.accepted, confirmingPages };
      const { faults, figures, seconds } = await settleMails(books, 120_000);
      const unknown = figures.byState['unknown'] ?? 0;
      say(`${unknown} unknown of ${figures.purposes}, ${figures.unknownButTaken} of them taken by the server`);
      report(`mail-kills-seed-${seed}`, {
        seed,
        accepted: signers.accepted,
        ...figures,
        taken: server.count,
        misfortunes: server.misfortunes,
        kills,
        runSeconds,
        settleSeconds: seconds,
        faults,
      });
      expect(faults).toEqual({});
      // A mail stands as unknown because the server was silent, or because a strike came between call and result.
      expect(unknown).toBeLessThanOrEqual(server.silences + strikeCount * callsUnderWay);
    },
    1_800_000,
  );
});
