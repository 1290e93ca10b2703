import { GeneratedLog } from '../mailgun-mock/generated-log';
import { MailgunMock } from '../mailgun-mock/mailgun-mock';

/*
 * Mailgun on a port of this machine, for trying the product by hand: a service `mailgun` whose host is the printed address,
 * whose user is the domain, and whose password the key.
 *
 *   node dist/tools/mailgun-mock.js [--domain mg.test] [--key secret] [--generate MAILS]
 */
const options = new Map<string, string>();
for (let at = 2; at < process.argv.length; at += 2) {
  options.set(process.argv[at] ?? '', process.argv[at + 1] ?? '');
}
const known = ['--domain', '--key', '--generate'];
const unknown = [...options.keys()].filter((name) => !known.includes(name));
const mails = Number(options.get('--generate') ?? 0);

if (unknown.length > 0 || !Number.isInteger(mails) || mails < 0) {
  process.stderr.write('usage: mailgun-mock [--domain mg.test] [--key secret] [--generate MAILS]\n');
  process.exitCode = 2;
} else {
  const domain = options.get('--domain') ?? 'mg.test';
  const key = options.get('--key') ?? 'secret';
  const hourMs = 3_600_000;
  const log = new GeneratedLog({
    mails,
    startMs: Date.now() - hourMs,
    spanMs: hourMs,
    lateShare: 0.01,
    lateMs: 1_000_000,
  });
  const mock = new MailgunMock();
  mock.addDomain(domain, key, mails > 0 ? log : undefined);
  await mock.start();
  process.stdout.write(`host ${mock.url}\nuser ${domain}\npassword ${key}\ntruth ${mock.url}/mock/${domain}/truth\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void mock.stop());
}
