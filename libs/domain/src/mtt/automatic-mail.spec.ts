import { isAutomaticMail } from './automatic-mail';

it.each<[[string, string], boolean]>([
  [['Auto-Submitted', 'auto-replied (vacation)'], true],
  [['auto-submitted', ' no'], false],
  [['Content-Type', 'multipart/report; report-type=delivery-status'], true],
  [['Content-Type', 'multipart/mixed; boundary=report'], false],
  [['Precedence', 'auto_reply'], true],
  [['Precedence', 'list'], false],
  [['X-Autoreply', 'yes'], true],
  [['constructor', 'x'], false],
])('a mail with %j is automatic: %s', (header, expected) => {
  expect(isAutomaticMail([['Subject', 'Re: Bees'], header])).toBe(expected);
});
