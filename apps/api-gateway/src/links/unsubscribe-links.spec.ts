import { partitionCount, type EmailEventV1 } from '@groundswell/contracts';
import { partitionOfRef, SecretEnvelope, UnsubscribeTokens } from '@groundswell/crypto';
import { unavailable } from '../api/api-error';
import { UnsubscribeLinks } from './unsubscribe-links';

const tokens = new UnsubscribeTokens(SecretEnvelope.fromText(Buffer.alloc(32, 1).toString('base64url')));
const ref = Buffer.alloc(32, 5);
const token = tokens.seal({ actionId: 12, ref });

function someLinks({ fault = undefined as Error | undefined } = {}) {
  const commands: EmailEventV1[] = [];
  const partitions: number[] = [];
  const links = new UnsubscribeLinks({
    tokens,
    durable: {
      publish: ({ json, partition }) => {
        if (fault) return Promise.reject(fault);
        commands.push(JSON.parse(json.toString()) as EmailEventV1);
        partitions.push(partition);
        return Promise.resolve('broker');
      },
    },
    checksContracts: true,
  });
  const follow = (method: string, given = token) =>
    links.follow({ token: given }, { method, url: `/link/u/${given}`, query: {} });
  return { follow, commands, partitions };
}

describe('links that unsubscribe', () => {
  it('show a button, and change nothing by being looked at', async () => {
    const { follow, commands } = someLinks();
    const page = await follow('GET');
    expect(page).toMatchObject({ status: 200, headers: { 'referrer-policy': 'no-referrer' } });
    expect(page.body).toContain(`<form method="post" action="/link/u/${token}">`);
    expect(await follow('HEAD')).toMatchObject({ status: 200, body: '' });
    expect(commands).toEqual([]);
  });

  it('unsubscribe the supporter when pressed, in their partition', async () => {
    const { follow, commands, partitions } = someLinks();
    expect(await follow('POST')).toMatchObject({ status: 200 });
    expect(commands).toEqual([
      expect.objectContaining({ kind: 'email_event', actionId: 12, ref: ref.toString('base64url'), event: 'unsub' }),
    ]);
    expect(partitions).toEqual([partitionOfRef(ref, partitionCount)]);
  });

  it.each(['GET', 'POST'])('are nothing without the right token: %s', async (method) => {
    const { follow, commands } = someLinks();
    for (const wrong of ['', 'x', `${token}A`, token.slice(1)]) {
      expect(await follow(method, wrong)).toMatchObject({ status: 400 });
    }
    expect(commands).toEqual([]);
  });

  it('ask to come again when nothing can be made durable', async () => {
    expect(await someLinks({ fault: unavailable(5) }).follow('POST')).toMatchObject({ status: 503 });
  });
});
