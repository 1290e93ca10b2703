import { PrefetchGauge } from './prefetch-gauge';

const MiB = 1024 * 1024;

/** 500 messages a batch, 16 queues: 62 each by count. */
const gaugeAfter = (bytes: number, messages = 200): PrefetchGauge => {
  const gauge = new PrefetchGauge(500, 4 * MiB);
  for (let message = 0; message < messages; message += 1) gauge.note(bytes);
  gauge.adjust();
  return gauge;
};

describe('PrefetchGauge', () => {
  it('starts as for messages of 16 KB', () => {
    expect(new PrefetchGauge(500, 4 * MiB).share(16)).toBe(15);
  });

  it('asks for all that is wanted by count while messages are small', () => {
    expect(gaugeAfter(2_000).share(16)).toBe(62);
  });

  it('bounds large ones by bytes, and never asks for none', () => {
    const share = gaugeAfter(60_000).share(16);
    expect(share * 16 * 60_000).toBeLessThanOrEqual(4 * MiB);
    expect(share).toBeGreaterThan(1);
    expect(gaugeAfter(100 * MiB).share(16)).toBe(1);
  });

  it('goes down when they get larger, and up again', () => {
    const gauge = gaugeAfter(2_000);
    for (let message = 0; message < 200; message += 1) gauge.note(60_000);
    expect(gauge.adjust()).toBe(true);
    expect(gauge.share(16)).toBeLessThan(62);
    for (let message = 0; message < 400; message += 1) gauge.note(1_500);
    expect(gauge.adjust()).toBe(true);
    expect(gauge.share(16)).toBe(62);
  });

  it('does not swing about a size in between', () => {
    const gauge = gaugeAfter(16_000);
    const before = gauge.share(16);
    for (let round = 0; round < 200; round += 1) {
      gauge.note(round % 2 ? 15_000 : 17_000);
      expect(gauge.adjust()).toBe(false);
    }
    expect(gauge.share(16)).toBe(before);
  });

  it('lets a consumer with small batches be', () => {
    expect(new PrefetchGauge(10, 4 * MiB).share(1)).toBe(20);
  });
});
