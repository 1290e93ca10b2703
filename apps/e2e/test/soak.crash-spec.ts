import { fleet as members } from '@groundswell/fleet';
import { seededRandom } from '@groundswell/testing';
import { pause } from '../src/crash/crash-fleet';
import { report, say, setting } from '../src/crash/crash-report';
import { FaultyMailServer } from '../src/crash/faulty-mail-server';
import { keepCertificate } from '../src/crash/mail-world';
import { lastingGrowthPerMinute, type MemoryLife } from '../src/crash/memory-lives';
import { SoakDonations } from '../src/crash/soak-donations';
import { SoakFleet } from '../src/crash/soak-fleet';
import { SoakMails } from '../src/crash/soak-mails';
import type { SoakPart } from '../src/crash/soak-part';
import { SoakReaders } from '../src/crash/soak-readers';
import { SoakSigning } from '../src/crash/soak-signing';
import { SoakTargets } from '../src/crash/soak-targets';

/** Ten minutes in full (CRASH_SOAK_SECONDS=600). */
const soakMs = 1_000 * setting('CRASH_SOAK_SECONDS', 60);
/** All services are restarted within this part of it, if the machine is fast enough; then they live on until the end. */
const rollingPart = 0.5;
/** Until then a process still compiles its code, fills its caches and lets its heap grow to what garbage may take of it. */
const warmUpSeconds = 180;
/** A process that has lived shorter since says nothing about growth. */
const leastSeconds = 120;
/** MiB per minute that the memory of a process may go on growing by once it is warm: what chance gives in minutes. */
const mostGrowth = 2;
/** Part of all answers that may fail while the host has the processors: with more the run says nothing. */
const mostExcused = 0.01;

/** Cycles of a second, so that a campaign of minutes drips. */
const plannerSettings = { MTT_CYCLE: '1000', MTT_SWEEP_INTERVAL: '2000' };

interface Growth {
  as: string;
  seconds: number;
  rss: number;
  anon: number;
  rssPerMinute: number;
  anonPerMinute: number;
  /** Its own memory every half minute. */
  course: number[];
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

function growthOf({ as, samples }: MemoryLife): Growth {
  const warm = samples.slice(warmUpSeconds);
  const last = samples.at(-1);
  return {
    as,
    seconds: samples.length,
    rss: rounded(last?.rss ?? NaN),
    anon: rounded(last?.anon ?? NaN),
    rssPerMinute: rounded(lastingGrowthPerMinute(warm.map(({ rss }) => rss))),
    anonPerMinute: rounded(lastingGrowthPerMinute(warm.map(({ anon }) => anon))),
    course: samples.filter((_, second) => second % 30 === 0).map(({ anon }) => Math.round(anon)),
  };
}

/** Acceptance 2 of issue 8. */
describe('the whole fleet, two replicas each, under a steady mixed load while it is rolled', () => {
  let soak: SoakFleet;
  const mailServer = new FaultyMailServer(seededRandom(1), 'all');
  // Of two certificates of one name only one would be trusted.
  const targetServer = new FaultyMailServer(seededRandom(1), 'all', mailServer.sink.certificate);

  beforeAll(async () => {
    await Promise.all([mailServer.sink.start(), targetServer.sink.start()]);
    soak = await SoakFleet.start('soak', (fleet) => ({
      'email-delivery': { NODE_EXTRA_CA_CERTS: keepCertificate(fleet, mailServer.sink) },
      'mtt-service': plannerSettings,
      'api-gateway': { TRUSTED_PROXIES: '1' },
    }));
  });
  afterAll(async () => {
    await soak?.stop();
    await Promise.all([mailServer.sink.stop(), targetServer.sink.stop()]);
  });

  async function startParts(): Promise<SoakPart[]> {
    const signing = await SoakSigning.start(soak);
    return [
      signing,
      await SoakMails.start(soak, mailServer),
      await SoakDonations.start(soak),
      new SoakReaders(soak, signing.world, signing.campaignIds),
      // Last, since its campaign's time begins at once.
      await SoakTargets.start(soak, targetServer, soakMs),
    ];
  }

  async function rollAll(startedAt: number): Promise<void> {
    const everyMs = (soakMs * rollingPart) / members.length;
    for (const [index, { name }] of members.entries()) {
      await pause(Math.max(0, startedAt + index * everyMs - performance.now()));
      const { seconds, endedAfterMs } = await soak.roll(name);
      say(`${name} rolled in ${seconds} s; the old ones ended after ${endedAfterMs.join(' and ')} ms`);
    }
  }

  it(
    'loses and doubles nothing, fails no request, and takes no more memory',
    async () => {
      const parts = await startParts();
      const startedAt = performance.now();
      let second = 0;
      const ticking = setInterval(() => {
        second += 1;
        for (const part of parts) part.tick(second);
      }, 1_000);
      try {
        await rollAll(startedAt);
        await pause(Math.max(0, startedAt + soakMs - performance.now()));
      } finally {
        clearInterval(ticking);
      }
      const lasted = Math.round((performance.now() - startedAt) / 1_000);
      const growth = soak.memory.lives.map(growthOf);
      const ends: Record<string, unknown> = {};
      const faults: Record<string, unknown> = {};
      for (const part of parts) {
        await part.stop().catch((error: Error) => (faults[`${part.name} does not come to rest`] = error.message));
      }
      for (const part of parts) {
        const end = await part.settle();
        ends[part.name] = end.figures;
        Object.assign(faults, end.faults);
        say(`${part.name}: ${JSON.stringify(end)}`);
      }
      const { statuses, broken, brokenCount, upgraded } = soak.balancer;
      const answers = Object.values(statuses).reduce((sum, count) => sum + count, 0);
      const stolen = rounded(soak.stolen.part(startedAt));
      if (soak.excused.length > 0) say(`the host took ${stolen} of the processors: ${soak.excused.join('; ')}`);
      for (const one of growth) say(`memory ${JSON.stringify(one)}`);
      report('soak', {
        seconds: lasted,
        ...ends,
        statuses,
        stolen,
        excused: soak.excused.length,
        upgraded,
        brokenCount,
        broken,
        rolls: soak.rolls,
        badEnds: soak.badEnds,
        growth,
        faults,
      });
      const judged = growth.filter(({ seconds }) => seconds >= warmUpSeconds + leastSeconds);
      expect(faults).toEqual({});
      expect(broken).toEqual([]);
      expect(soak.excused.length).toBeLessThanOrEqual(mostExcused * answers);
      expect(soak.badEnds).toEqual([]);
      expect(
        judged.filter(({ rssPerMinute, anonPerMinute }) => Math.max(rssPerMinute, anonPerMinute) > mostGrowth),
      ).toEqual([]);
      if (soakMs >= 600_000) expect(judged.length).toBeGreaterThanOrEqual(2 * members.length);
    },
    2 * soakMs + 1_200_000,
  );
});
