import type { CaptchaCheck } from './captcha-check.repository';
import { CaptchaLog } from './captcha-log';

class FakeChecks {
  readonly written: string[][] = [];
  fault: Error | null = null;

  insert(checks: readonly CaptchaCheck[]): Promise<void> {
    if (this.fault) return Promise.reject(this.fault);
    this.written.push(checks.map(({ submissionId }) => submissionId));
    return Promise.resolve();
  }
}

const captchaLog = () => {
  const checks = new FakeChecks();
  return { checks, log: new CaptchaLog(checks, { warn: () => undefined }) };
};
const check = (submissionId: string): CaptchaCheck => ({
  submissionId,
  service: 'procaptcha',
  method: 'image',
  checkedAt: new Date(0),
});

it('writes what was noted together, once', async () => {
  const { checks, log } = captchaLog();
  log.note(check('a'));
  log.note(check('b'));
  await log.flush();
  await log.flush();
  expect(checks.written).toEqual([['a', 'b']]);
});

it('keeps what could not be written, in order', async () => {
  const { checks, log } = captchaLog();
  checks.fault = new Error('database away');
  log.note(check('a'));
  await log.flush();
  log.note(check('b'));
  checks.fault = null;
  await log.flush();
  expect(checks.written).toEqual([['a', 'b']]);
});

it('writes in statements of a thousand', async () => {
  const { checks, log } = captchaLog();
  for (let index = 0; index < 2_500; index += 1) log.note(check(String(index)));
  await log.flush();
  expect(checks.written.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
});

it('writes at once what requests in hand add at the end', async () => {
  const { checks, log } = captchaLog();
  await log.beforeApplicationShutdown();
  log.note(check('late'));
  await log.flush();
  expect(checks.written).toEqual([['late']]);
});
