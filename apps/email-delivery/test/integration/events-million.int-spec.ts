import { LoopsFixture } from './loops-fixture';

/** Events through mock, client, loops and storage; 1 million in full: CRASH_EVENTS=1000000. */
const events = Number(process.env['CRASH_EVENTS'] ?? 4_000);
/** Of one mail, on average, by what the mock makes up. */
const eventsPerMail = 1.68;
const minutes = 60_000;

it(`${events} events: none is lost, none counts twice`, async () => {
  const fixture = await LoopsFixture.create();
  try {
    const spanMs = 50 * minutes;
    const domain = await fixture.generated('many.test', Math.ceil(events / eventsPerMail), {
      spanMs,
      burst: 3,
      lateShare: 0.02,
      lateMs: 25 * minutes,
    });
    let handed = 0;
    const { loops } = await fixture.process({
      around: (store, page) => {
        handed += page.length;
        return store();
      },
    });
    const startedMs = performance.now();
    await fixture.tickUntil(loops, fixture.nowMs + spanMs + 45 * minutes);
    const seconds = (performance.now() - startedMs) / 1000;
    const { stored, truth, events: told } = await fixture.compare(domain);
    expect(told).toBeGreaterThanOrEqual(events * 0.97);
    expect(stored.length).toBe(truth.length);
    expect(stored.findIndex((line, at) => line !== truth[at])).toBe(-1);
    process.stderr.write(
      `${told} events, each read twice (${handed} handed over) in ${seconds.toFixed(1)} s: ${Math.round(handed / seconds)}/s\n`,
    );
  } finally {
    await fixture.close();
  }
}, 1_800_000);
