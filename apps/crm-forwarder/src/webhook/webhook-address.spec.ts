import { addressOf } from './webhook-address';

const body = JSON.stringify({
  actionId: 42,
  stage: 'deliver',
  name: 'a/b?c#d&e=f @ü%2F..\\',
  empty: '',
  up: '..',
  dot: '.',
  broken: '\ud800',
  action: { testing: false },
  none: null,
  testing: true,
});

it.each([
  ['https://crm.example/hook', 'https://crm.example/hook'],
  [' https://crm.example/hook ', 'https://crm.example/hook'],
  ['https://crm.example/{not a tag}', 'https://crm.example/{not a tag}'],
])('leaves %s as it is', (host, url) => {
  expect(addressOf(host, body)).toEqual({ url, isTagged: false });
});

it.each([
  ['https://crm.example/{{actionId}}', 'https://crm.example/42'],
  ['https://crm.example:8443/{{ stage }}/x?id={{actionId}}', 'https://crm.example:8443/deliver/x?id=42'],
  ['https://crm.example?id={{actionId}}', 'https://crm.example?id=42'],
  ['https://me:key@crm.example/{{empty}}', 'https://me:key@crm.example/'],
  ['https://crm.example/{{name}}', 'https://crm.example/a%2Fb%3Fc%23d%26e%3Df%20%40%C3%BC%252F..%5C'],
  ['https://crm.example/v{{dot}}1?{{up}}', 'https://crm.example/v.1?..'],
])('fills %s', (host, url) => {
  expect(addressOf(host, body)).toEqual({ url, isTagged: true });
  expect(new URL(url).origin).toBe(new URL(host.replace(/[{}]/g, '')).origin);
});

it.each([
  ['another key', 'https://crm.example/{{nothing}}'],
  ['a key within', 'https://crm.example/{{action.testing}}'],
  ['an inherited key', 'https://crm.example/{{constructor}}'],
  ['an object', 'https://crm.example/{{action}}'],
  ['null', 'https://crm.example/{{none}}'],
  ['true', 'https://crm.example/{{testing}}'],
  ['no name', 'https://crm.example/{{}}'],
  ['half a character', 'https://crm.example/{{broken}}'],
])('blames the message where a tag is %s', (_, host) => {
  expect(addressOf(host, body)).toEqual({
    fault: `the message has no text or number for ${host.slice('https://crm.example/'.length)}`,
    ofEndpoint: false,
  });
});

it.each([
  'https://crm.example/a/{{up}}/b',
  'https://crm.example/a/{{up}}',
  'https://crm.example/{{dot}}{{dot}}/b',
  'https://crm.example/%2e{{dot}}/b',
  'https://crm.example/a\\{{up}}\\b',
])('lets no message leave the directory of %s', (host) => {
  expect(addressOf(host, body)).toMatchObject({ fault: expect.stringContaining('directory'), ofEndpoint: false });
});

it.each([
  'https://{{stage}}.crm.example/',
  'https://crm.example:{{actionId}}/',
  'https://crm.example{{name}}',
  'https://{{stage}}@crm.example/',
  '{{stage}}://crm.example/',
  '{{name}}',
  'https:///{{name}}/',
  'https://\t/{{name}}/',
  'https:/\\{{name}}/',
  'https:\\\\crm.example\\{{name}}',
  'https://crm.example\\{{name}}',
])('lets no tag of %j choose the server', (host) => {
  expect(addressOf(host, body)).toMatchObject({
    fault: expect.stringContaining('path and the query'),
    ofEndpoint: true,
  });
});

it('finds no values in a body that is no object', () => {
  for (const text of ['[1]', 'null', '"x"', '{', '']) {
    expect(addressOf('https://crm.example/{{actionId}}', text)).toMatchObject({ ofEndpoint: false });
  }
});
