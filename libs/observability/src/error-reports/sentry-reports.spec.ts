import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createLogger } from '../logger';
import { noErrorReports } from './error-reports';
import { logReports } from './log-reports';
import { ReportBudget } from './report-budget';
import { startErrorReports } from './sentry-reports';

interface Report {
  level: string;
  message: string;
  environment: string;
  release?: string;
  tags: Record<string, string>;
  extra: Record<string, unknown>;
  exception?: {
    values: { type: string; value: string; stacktrace?: { frames: { filename: string; function: string }[] } }[];
  };
}

const envelopes: string[] = [];
let isSilent = false;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    envelopes.push(`${request.url}\n${Buffer.concat(chunks).toString('utf8')}`);
    if (!isSilent) response.writeHead(200).end('{}');
  });
});
let dsn: string;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  dsn = `http://public@127.0.0.1:${(server.address() as AddressInfo).port}/7`;
});
beforeEach(() => {
  envelopes.length = 0;
  isSilent = false;
  // No report is given up: whoever waits for its answer waits for ever.
  jest.spyOn(AbortSignal, 'timeout').mockReturnValue(new AbortController().signal);
});
afterEach(() => jest.restoreAllMocks());
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const start = () => startErrorReports({ dsn, service: 'mtt-service', environment: 'test', release: '1.2.3' });
/** Whoever closes waits for 2 s at most: what a busy machine sends later comes all the same. */
const arrived = async (count: number): Promise<void> => {
  while (envelopes.length < count) await pause(2);
};
const reports = (): Report[] =>
  envelopes.map((envelope) => {
    const [path, , item, event] = envelope.split('\n');
    expect(path).toMatch(/^\/api\/7\/envelope\//);
    expect(JSON.parse(item ?? '')).toMatchObject({ type: 'event' });
    return JSON.parse(event ?? '') as Report;
  });

it('loads and sends nothing without a DSN', async () => {
  expect(await startErrorReports({ service: 'x', environment: 'test' })).toBe(noErrorReports);
});

it.each(['nonsense', 'https://host/1', 'https://key@host', 'ftp://key@host/1'])('refuses the DSN %s', async (wrong) => {
  await expect(startErrorReports({ dsn: wrong, service: 'x', environment: 'test' })).rejects.toThrow('SENTRY_DSN');
});

it('sends a problem with its error, and nothing it was not given', async () => {
  const sent = await start();
  const { name: type, message, stack } = new RangeError('too far');
  sent.report({
    level: 'error',
    title: 'it broke',
    error: { type, message, stack },
    tags: { queue: 'q' },
    extra: { n: 1 },
  });
  await sent.close();
  await arrived(1);
  const [report] = reports();
  expect(report).toMatchObject({
    level: 'error',
    message: 'it broke',
    environment: 'test',
    release: '1.2.3',
    tags: { service: 'mtt-service', queue: 'q' },
    extra: { n: 1 },
    exception: { values: [{ type: 'RangeError', value: 'too far' }] },
  });
  const frames = report?.exception?.values[0]?.stacktrace?.frames ?? [];
  expect(frames.some(({ filename }) => filename.includes('sentry-reports.spec'))).toBe(true);
  for (const key of ['user', 'request', 'breadcrumbs', 'modules', 'server_name']) {
    expect(report).not.toHaveProperty(key);
  }
});

it('reports what the log gets at level error, as it stands there, and nothing below', async () => {
  const sent = await start();
  const lines: string[] = [];
  const logger = createLogger({
    service: 'mtt-service',
    level: 'trace',
    destination: { write: (text: string) => void lines.push(text) },
    alsoErrorsTo: [logReports(sent)],
  });
  logger.warn({ email: 'harald@example.org' }, 'careful');
  logger.error({ err: new TypeError('broken'), queue: 'q', orgId: 3, email: 'harald@example.org' }, 'a batch failed');
  logger.fatal('over');
  await sent.close();
  await arrived(2);
  expect(lines).toHaveLength(3);
  // Each on a connection of its own.
  const inOrder = reports().toSorted((one, other) => one.message.localeCompare(other.message));
  expect(inOrder).toMatchObject([
    {
      level: 'error',
      message: 'a batch failed',
      tags: { queue: 'q' },
      extra: { orgId: 3, email: '[redacted]' },
      exception: { values: [{ type: 'TypeError', value: 'broken' }] },
    },
    { level: 'fatal', message: 'over' },
  ]);
  expect(envelopes.join()).not.toContain('harald');
});

it('ends in time when nobody answers', async () => {
  isSilent = true;
  const sent = await start();
  sent.report({ level: 'error', title: 'it broke' });
  await sent.close();
  await arrived(1);
  server.closeAllConnections();
});

it('reports so many in a minute', () => {
  let now = 0;
  const budget = new ReportBudget(2, () => now);
  expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false]);
  now = 60_000;
  expect(budget.take()).toBe(true);
});
