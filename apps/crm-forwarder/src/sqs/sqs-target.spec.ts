import { targetOf, type SqsSettings } from './sqs-target';

const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/123456789012/crm';
const settings: SqsSettings = { connectTimeoutMs: 1_000, timeoutMs: 1_000, allowPrivate: false };

const target = (change: { host?: string; user?: string; password?: string; path?: string | null }, more = {}) =>
  targetOf(
    {
      serviceId: 1,
      orgId: 1,
      kind: 'sqs',
      host: 'eu-west-1',
      user: 'AKIATEST',
      password: 'secret',
      path: queueUrl,
      signingSecrets: [],
      ...change,
    },
    { ...settings, ...more },
  );

describe('targetOf', () => {
  it.each([
    queueUrl,
    'https://eu-west-1.queue.amazonaws.com/123456789012/crm',
    'https://queue.amazonaws.com/123456789012/crm',
    'https://vpce-0a1b-c2.sqs.eu-west-1.vpce.amazonaws.com/123456789012/crm',
    'https://sqs.cn-north-1.amazonaws.com.cn/123456789012/crm',
    'https://sqs.eusc-de-east-1.amazonaws.eu/123456789012/crm',
    'https://sqs.eu-west-1.api.aws/123456789012/crm',
  ])('leaves the address of %s to the SDK, which knows it by the region', (path) => {
    const expected = { region: 'eu-west-1', queueUrl: path, accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
    expect(target({ path })).toEqual(expected);
    expect(target({ path }, { allowPrivate: true })).toEqual(expected);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'https://127.0.0.1/123456789012/crm',
    'https://internal.example.org/123456789012/crm',
    'https://amazonaws.com.evil.example/123456789012/crm',
    'https://sqs.eu-west-1.amazonaws.com@evil.example/123456789012/crm',
    'https://evilamazonaws.com/123456789012/crm',
    'https://evil.example/?.amazonaws.com',
  ])('refuses %s unless the operator allows such', (path) => {
    expect(target({ path })).toEqual({ fault: 'the host of the queue URL is not Amazon SQS' });
    expect(target({ path }, { allowPrivate: true })).toMatchObject({ origin: new URL(path).origin });
    expect(target({ path }, { origin: 'http://proxy:9324' })).toMatchObject({ origin: 'http://proxy:9324' });
  });

  it.each([
    [{ host: '' }, /region/],
    [{ host: 'sqs.eu-west-1.amazonaws.com' }, /region/],
    [{ host: 'eu-west-1@evil.example/' }, /region/],
    [{ host: 'eu-west-1#' }, /region/],
    [{ user: '' }, /credentials/],
    [{ password: '' }, /credentials/],
    [{ path: null }, /queue URL/],
    [{ path: '/123456789012/crm' }, /queue URL/],
    [{ path: 'file:///etc/passwd' }, /queue URL/],
    [{ path: `${queueUrl}.fifo` }, /FIFO/],
  ])('says what is wrong with %j', (change, fault) => {
    expect(target(change)).toEqual({ fault: expect.stringMatching(fault) });
    expect(target(change, { allowPrivate: true, origin: 'http://proxy' })).toHaveProperty('fault');
  });
});
