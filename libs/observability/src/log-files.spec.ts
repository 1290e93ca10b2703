import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogFiles } from './log-files';
import { createLogger } from './logger';

const newDir = () => mkdtempSync(join(tmpdir(), 'groundswell-logs-'));
const linesOf = (dir: string, name: string) =>
  readFileSync(join(dir, name), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as object);
const nowhere = { write: () => undefined };

it('writes what is logged at level error and above to error.log, as it stands in the log', () => {
  const dir = join(newDir(), 'made', 'on', 'the', 'way');
  const files = new LogFiles(dir, 'mtt-service');
  const logger = createLogger({
    service: 'mtt-service',
    level: 'debug',
    destination: nowhere,
    alsoErrorsTo: [files.errors],
  });
  logger.warn('careful');
  logger.child({ queue: 'q' }).error({ email: 'harald@example.org' }, 'broken');
  logger.fatal('over');
  expect(linesOf(dir, 'error.log')).toMatchObject([
    { level: 'error', service: 'mtt-service', queue: 'q', email: '[redacted]', msg: 'broken' },
    { level: 'fatal', msg: 'over' },
  ]);
});

it('writes changes to audit.log, and shares both files with other processes', () => {
  const dir = newDir();
  const line = { actorId: '7', resource: 'org', resourceId: '3', changeset: { attributes: ['title'] } };
  new LogFiles(dir, 'api-gateway').audit(line);
  new LogFiles(dir, 'api-gateway').audit({ ...line, traceId: 'abc' });
  expect(linesOf(dir, 'audit.log')).toEqual([
    { level: 'info', time: expect.stringMatching(/^\d{4}-/) as string, service: 'api-gateway', ...line, msg: 'audit' },
    expect.objectContaining({ traceId: 'abc' }),
  ]);
});

it('says which folder cannot be written to', () => {
  const file = join(newDir(), 'file');
  writeFileSync(file, '');
  expect(() => new LogFiles(file, 'api-gateway')).toThrow(`LOGS_DIR: cannot write to ${file}`);
});
