import { SecretEnvelope, UnsubscribeTokens } from '@groundswell/crypto';
import { UnsubscribeLinks } from './unsubscribe-links';

const tokens = new UnsubscribeTokens(SecretEnvelope.fromText(Buffer.alloc(32, 1).toString('base64url')));
const links = new UnsubscribeLinks(tokens, 'https://campaigns.test');
const ref = Buffer.alloc(32, 5);

describe('UnsubscribeLinks', () => {
  it.each(['thank_you', 'duplicate', 'reminder', 'mailing'])('%s: one click, of this supporter', (kind) => {
    const headers = links.headersOf({ kind, actionId: 7, ref });
    const [, token = ''] =
      /^<https:\/\/campaigns\.test\/link\/u\/([\w-]+)>$/.exec(headers['List-Unsubscribe'] ?? '') ?? [];
    expect(tokens.open(token)).toEqual({ actionId: 7, ref });
    expect(headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click');
  });

  it.each(['confirm', 'confirm_again', 'user_reset', 'add_staffer', 'mtt'])('%s: none', (kind) => {
    expect(links.headersOf({ kind, actionId: 7, ref })).toEqual({});
  });

  it('none without the action or the supporter', () => {
    expect(links.headersOf({ kind: 'mailing', actionId: null, ref })).toEqual({});
    expect(links.headersOf({ kind: 'thank_you', actionId: 7, ref: null })).toEqual({});
  });
});
