import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isOriginAllowed, loginOf, readUpgradeRequest } from './upgrade-request';

const request = (url: string, headers: IncomingHttpHeaders = {}) =>
  ({ url, headers, socket: { remoteAddress: '10.0.0.1' } }) as unknown as IncomingMessage;

it.each([
  [0, '10.0.0.1'],
  [1, '3.3.3.3'],
  [2, '2.2.2.2'],
  [9, '1.1.1.1'],
])('behind %s proxies of ours the client is %s', (proxies, ip) => {
  const headers = { 'x-forwarded-for': '1.1.1.1, 2.2.2.2,3.3.3.3' };
  expect(readUpgradeRequest(request('/api', headers), proxies).ip).toBe(ip);
  expect(readUpgradeRequest(request('/api'), proxies).ip).toBe('10.0.0.1');
});

it.each([
  ['/api', 'graphql-ws'],
  ['/api/?a=1', 'graphql-ws'],
  ['/socket/websocket?vsn=2.0.0', 'phoenix'],
  ['/socket', null],
  ['//evil', null],
])('%s is for %s', (url, protocol) => {
  expect(readUpgradeRequest(request(url), 0).protocol).toBe(protocol);
});

it.each([
  [undefined, true],
  ['https://act.org', true],
  ['https://API.org', true],
  ['https://evil.org', false],
  ['null', false],
  ['', false],
])('of origin %s: %s', (origin, isAllowed) => {
  expect(isOriginAllowed(request('/api', { host: 'api.org', origin }), ['https://act.org'])).toBe(isAllowed);
});

it('takes every origin when all may call', () => {
  expect(isOriginAllowed(request('/api', { origin: 'https://evil.org' }), ['*'])).toBe(true);
});

it.each([
  [undefined, 'Basic x'],
  ['https://campaigns.org', 'Basic x'],
  ['https://CAMPAIGNS.org', 'Basic x'],
  ['https://evil.org', null],
  ['null', null],
])('from the page %j the login that the browser remembers is %j', (origin, login) => {
  const headers = { authorization: 'Basic x', host: 'Campaigns.org', ...(origin && { origin }) };
  expect(loginOf(request('/api', headers))).toBe(login);
});
