import { randomBytes } from 'node:crypto';
import { seededRandom, waitFor } from '@groundswell/testing';
import { CrashFleet, describeStrike, pause } from '../src/crash/crash-fleet';
import { report, say, setting } from '../src/crash/crash-report';
import { FaultyMailServer } from '../src/crash/faulty-mail-server';
import { MailSigners } from '../src/crash/mail-signers';
import { keepCertificate } from '../src/crash/mail-world';
import { settleMessages } from '../src/crash/mtt-audit';
import { anMttCampaign } from '../src/crash/mtt-world';
import { nameOf, strikesOf } from '../src/crash/strikes';

/** Signatures, each with a message to two of the targets; every fifth is a person's second one. */
const signatures = setting('CRASH_MAILS', 200);
const strikeCount = setting('CRASH_KILLS', 2);
const seeds = (process.env['CRASH_SEED'] ?? '1').split(',').map(Number);
const targets = 6;
const perSignature = 2;
/** The campaign lasts as long as its strikes, and a little longer. */
const perStrikeMs = setting('CRASH_STRIKE_SECONDS', 8) * 1_000;
const afterStrikesMs = 12_000;

/** A call that is not answered ends soon, and so does one whose process is gone. */
const mailerSettings = {
  PROVIDER_CONNECT_TIMEOUT_MS: '1000',
  PROVIDER_TIMEOUT_MS: '1500',
  CALL_LEASE_MS: '6000',
  TIDY_INTERVAL: '500',
  CALLS_PER_ACCOUNT: '4',
};
/** Cycles of a second, so that a campaign of a minute drips, and a campaign whose planner was killed waits no minute. */
const plannerSettings = {
  MTT_CYCLE: '1000',
  MTT_LEASE_MS: '10000',
  MTT_SWEEP_INTERVAL: '2000',
  MTT_ASK_AGAIN_MS: '5000',
  MTT_ASK_LIMIT: '50',
};
const mailers = ['email-delivery', 'email-delivery-2'];
const planners = ['mtt-service', 'mtt-service-2'];
/** Of the first messages: what was refused or never answered is the rest, and what was due last on a machine that stalls. */
const leastSent = 0.7;
const callsUnderWay = mailers.length * Number(mailerSettings.CALLS_PER_ACCOUNT);

const personOf = (number: number): number => (number % 5 === 4 ? number - 1 : number);

describe('mails to targets while everything is killed at random', () => {
  let crash: CrashFleet;
  let server: FaultyMailServer;

  beforeAll(async () => {
    // A target whose mailbox is unknown gets no more mail: soon nothing would be left to send.
    server = new FaultyMailServer(seededRandom(seeds[0] ?? 1), ['recipient never']);
    await server.sink.start();
    crash = await CrashFleet.create('mtt-kills');
    await crash.start();
    const certificate = keepCertificate(crash.fleet, server.sink);
    for (const replica of mailers) {
      const settings = { ...mailerSettings, NODE_EXTRA_CA_CERTS: certificate, REPLICA_ID: replica };
      await crash.fleet.startOne('email-delivery', settings, replica);
    }
    for (const replica of planners) {
      await crash.fleet.startOne('mtt-service', { ...plannerSettings, REPLICA_ID: replica }, replica);
    }
    await crash.ready();
  });
  afterAll(async () => {
    await crash?.stop();
    await server?.sink.stop();
  });

  async function attack(seed: number, from: number): Promise<Record<string, number>> {
    const kills: Record<string, number> = {};
    const strikes = strikesOf(seed, strikeCount, ['mtt-service', 'email-delivery', 'rabbit', 'postgres']);
    for (const [index, strike] of strikes.entries()) {
      await pause(Math.max(0, from + perStrikeMs * (index + strike.at) - Date.now()));
      const before = server.count;
      await crash.strike(strike);
      kills[nameOf(strike)] = (kills[nameOf(strike)] ?? 0) + 1;
      say(`strike ${index + 1}: ${describeStrike(strike)}; ${before} mails taken before, ${server.count} after`);
    }
    return kills;
  }

  it.each(seeds)(
    'and no target is written to twice by one person, nothing is sent that was not (seed %i)',
    async (seed) => {
      const windowMs = strikeCount * perStrikeMs + afterStrikesMs;
      const world = await anMttCampaign(crash.fleet, { host: server.sink.url, targets, windowMs });
      const { pages, targetIds, campaignId, endAt } = world;
      const [gatewayUrl = ''] = crash.gatewayUrls;
      const signers = new MailSigners({
        gatewayUrl,
        pageIds: pages.map(({ id }) => id),
        run: `t${seed}${randomBytes(3).toString('hex')}`,
        concurrency: 12,
        personOf,
        mttOf: (person) => ({
          subject: 'Please act, {{target.name}}',
          body: 'Dear {{target.name}},\nthe river.',
          targets: Array.from({ length: perSignature }, (_, at) => targetIds[(person + at) % targetIds.length]),
        }),
      });
      signers.start();
      signers.allow(signatures);
      const kills = await attack(seed, Date.now());
      await waitFor(() => signers.accepted >= signatures).finally(() => signers.stop());
      say(`${server.count} mails taken ${Math.round((endAt.getTime() - Date.now()) / 1000)} s before the end`);
      const books = { sql: crash.fleet.sql, server, campaignId, accepted: signers.accepted * perSignature };
      const { faults, figures, unknown, seconds } = await settleMessages(books, windowMs + 120_000);
      report(`mtt-kills-seed-${seed}`, {
        seed,
        signatures: signers.accepted,
        ...figures,
        taken: server.count,
        misfortunes: server.misfortunes,
        kills,
        settleSeconds: seconds,
        faults,
      });
      expect(faults).toEqual({});
      expect(figures.first).toBeLessThan(figures.messages);
      expect(figures.byState['sent']).toBeGreaterThan(figures.first * leastSent);
      expect(unknown).toBeLessThanOrEqual(server.silences + strikeCount * callsUnderWay);
    },
    1_800_000,
  );
});
