import { summarise } from '../../bench/harness/figures.mjs';

/** A report in the shape that bench/run.mjs writes, with figures that are made up. */
export function sampleReport() {
  const perSecond = (...values) => ({ perSecond: summarise(values) });
  const services = [
    ['topology-service', 1450, 131],
    ['api-gateway', 2210, 158],
  ].map(([name, ms, rssMiB]) => ({
    name,
    readyMs: summarise([ms - 90, ms, ms + 140]),
    cpuMs: summarise([900, 910, 950]),
    ...{ rssMiB, anonMiB: rssMiB - 60, fileMiB: 60, pssMiB: rssMiB - 50 },
  }));
  return {
    schema: 'groundswell:bench:1',
    at: '2026-11-20T10:00:00.000Z',
    machine: {
      ...{ cpu: 'A <processor>', cores: 2, memoryGiB: 24, kernel: '6.1', node: 'v24.0.0', commit: 'abc1234' },
      ...{ rabbitmq: '3.10.8', erlang: '25.2.3', busyBefore: 0.3, hasLocalChanges: true },
      postgres: { version: '15.18', fsync: 'on', synchronous_commit: 'on', wal_sync_method: 'fdatasync' },
    },
    options: { paths: ['accept', 'drain'], rounds: 3, count: 20_000 },
    accept: {
      connections: 64,
      submissionBytes: 1084,
      floor: perSecond(11_200, 10_900, 11_600),
      product: perSecond(5_600, 5_400, 5_900),
      ratio: summarise([0.5, 0.49, 0.51]),
      halfLoad: {
        rate: 2_800,
        floor: { latency: { p50: 1.1, p99: 4.7 } },
        product: { latency: { p50: 3.2, p99: 43.8 } },
      },
      targets: [
        { name: 'accept ÷ its floor', figure: 0.5, atLeast: 0.5 },
        { name: 'accept p99 at half load, ms', figure: 43.8, atMost: 50 },
      ],
    },
    drain: {
      submissionBytes: 1084,
      inFlight: 40,
      floors: {
        sequential: perSecond(8_828, 8_700, 9_100),
        lanes: perSecond(12_000, 11_500, 12_300),
        oneByOne: perSecond(1_654, 1_600, 1_700),
      },
      product: perSecond(5_306, 5_200, 5_400),
      ratios: { sequential: summarise([0.58, 0.57, 0.6]), oneByOne: summarise([3.3, 3.2, 3.4]) },
      duplicates: { share: 0.1, sequential: perSecond(8_600), product: perSecond(5_200), ratio: summarise([0.6]) },
      targets: [
        { name: 'drain ÷ sequential floor', figure: 0.58, atLeast: 0.6 },
        { name: 'drain ÷ one by one', figure: 3.3, atLeast: 3 },
      ],
    },
    mails: {
      floor: perSecond(1_205, 1_190, 1_230),
      product: perSecond(1_024, 990, 1_040),
      ratio: summarise([0.85, 0.84, 0.86]),
      targets: [{ name: 'mails ÷ pooled nodemailer', figure: 0.85, atLeast: 0.7 }],
    },
    events: {
      floor: perSecond(30_000, 31_000),
      product: perSecond(9_000, 9_300),
      ratio: summarise([0.3]),
      targets: [{ name: 'mail events per second', figure: 9_150, atLeast: 5_000 }],
    },
    stats: {
      campaigns: 20,
      connections: 64,
      sizes: [10_000, 1_000_000].map((actions, at) => ({
        actions,
        reads: { perSecond: summarise([9_000]), ratio: summarise([0.4 + at * 0.1, 0.42 + at * 0.1]) },
      })),
      targets: [{ name: 'reads ÷ bare hash, at 1 000 000 ÷ at 10 000 actions', figure: 1.2, atLeast: 0.9 }],
    },
    'mtt-plan': {
      targetCount: 700,
      sizes: [
        {
          messages: 1_000_000,
          planned: summarise([700]),
          ms: summarise([70, 74, 90]),
          countingMs: summarise([140, 145]),
        },
      ],
      targets: [{ name: 'ms of the longest cycle, 1 000 000 messages', figure: 90, atMost: 1_000 }],
    },
    start: {
      services,
      idleSeconds: 20,
      floor: { readyMs: summarise([60, 62]), cpuMs: summarise([40]), rssMiB: 48 },
      targets: [
        { name: 'ms until ready, api-gateway', figure: 2_210, atMost: 2_000 },
        { name: 'MiB resident when idle, api-gateway', figure: 158, atMost: 120 },
      ],
    },
  };
}
