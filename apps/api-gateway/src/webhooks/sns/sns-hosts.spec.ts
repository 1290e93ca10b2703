import { SnsHosts } from './sns-hosts';

const certificate = '/SimpleNotificationService-abc.pem';

it.each([
  `https://sns.eu-west-1.amazonaws.com${certificate}`,
  `https://sns.us-gov-west-1.amazonaws.com:443${certificate}`,
  `https://sns.cn-north-1.amazonaws.com.cn${certificate}`,
])('believes %s', (url) => {
  expect(new SnsHosts().trusted(url)?.href).toBe(new URL(url).href);
});

it.each([
  `http://sns.eu-west-1.amazonaws.com${certificate}`,
  `https://sns.eu-west-1.amazonaws.com:8443${certificate}`,
  `https://sns.eu-west-1.amazonaws.com.example.org${certificate}`,
  `https://example.org/sns.eu-west-1.amazonaws.com${certificate}`,
  `https://sns.eu-west-1.amazonaws.com@example.org${certificate}`,
  `https://user@sns.eu-west-1.amazonaws.com${certificate}`,
  `https://bucket.s3.amazonaws.com${certificate}`,
  `https://sns.evil.eu-west-1.amazonaws.com${certificate}`,
  `https://127.0.0.1${certificate}`,
  'file:///etc/passwd',
  'not an address',
  '',
])('does not believe %s', (url) => {
  expect(new SnsHosts().trusted(url)).toBeNull();
});

it('believes one other origin where it is set, and then no other', () => {
  const hosts = new SnsHosts('http://127.0.0.1:4000');
  expect(hosts.trusted('http://127.0.0.1:4000/x.pem')).not.toBeNull();
  expect(hosts.trusted('http://127.0.0.1:4001/x.pem')).toBeNull();
  expect(hosts.trusted(`https://sns.eu-west-1.amazonaws.com${certificate}`)).toBeNull();
});
