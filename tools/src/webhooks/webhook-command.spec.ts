import { parseWebhookCommand } from './webhook-command';

const id = '0b2f5a52-5f6c-4b6e-8a43-7c2a37a1b001';

it('reads the commands', () => {
  expect(parseWebhookCommand(['list'])).toEqual({ kind: 'list', limit: 50 });
  expect(parseWebhookCommand(['list', '--limit', '7'])).toEqual({ kind: 'list', limit: 7 });
  expect(parseWebhookCommand(['replay', id])).toEqual({ kind: 'replay', ids: [id] });
  expect(parseWebhookCommand(['drop', id, '--yes'])).toEqual({ kind: 'drop', ids: [id] });
});

it.each([
  [[]],
  [['list', id]],
  [['list', '--limit', 'x']],
  [['replay']],
  [['replay', '1']],
  [['drop', id]],
  [['what']],
  [['--x']],
])('refuses %j', (args) => {
  expect(() => parseWebhookCommand(args)).toThrow(expect.objectContaining({ code: 'webhooks.usage' }));
});
