import { parseSmtpHost } from './smtp-host';

describe('parseSmtpHost', () => {
  it.each([
    ['ssl://mail.example', { host: 'mail.example', port: 465, isImplicitTls: true }],
    ['smtps://mail.example', { host: 'mail.example', port: 465, isImplicitTls: true }],
    ['SMTPS://Mail.Example', { host: 'mail.example', port: 465, isImplicitTls: true }],
    ['tls://mail.example', { host: 'mail.example', port: 25, isImplicitTls: false }],
    ['tls://mail.example:587/', { host: 'mail.example', port: 587, isImplicitTls: false }],
    ['ssl://[2001:db8::1]:4650', { host: '2001:db8::1', port: 4650, isImplicitTls: true }],
  ])('%s', (host, expected) => {
    expect(parseSmtpHost(host)).toEqual(expected);
  });

  it.each([
    '',
    'mail.example',
    'mail.example:25',
    'smtp://mail.example',
    'tcp://mail.example',
    'http://mail.example',
    'ssl://',
    'ssl://user:secret@mail.example',
    'ssl://mail.example/path',
    'tls://mail.example?insecure',
    'tls://mail.example#part',
    'tls://mail.example:0',
    'tls://mail.example:70000',
    'tls://mail .example',
    'tls://mail.example\nevil',
  ])('refuses %j', (host) => {
    expect(parseSmtpHost(host)).toBeNull();
  });
});
