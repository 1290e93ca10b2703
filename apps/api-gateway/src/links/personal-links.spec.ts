import { PersonalLinkTokens, SecretEnvelope } from '@groundswell/crypto';
import { PersonalLinks } from './personal-links';
import type { LinkState } from './link-state.read-model';

const tokens = new PersonalLinkTokens(SecretEnvelope.fromText(Buffer.alloc(32, 1).toString('base64url')));
const ref = Buffer.alloc(32, 9);
const expiresAt = new Date('2026-05-01T10:00:00Z');
const token = tokens.seal({ actionId: 42, ref, expiresAt });
const proca = `proca_ref=${ref.toString('base64url')}`;

const follow = (url: { token?: string; redir?: string }, { isThere = true, atMs = +expiresAt - 1 } = {}) =>
  new PersonalLinks({
    tokens,
    readModel: {
      find: ({ actionId }) => Promise.resolve(isThere && actionId === 42 ? ({ pageId: 7 } as LinkState) : null),
      locationsOf: ([pageId]) =>
        Promise.resolve(
          new Map([
            [
              pageId ?? 0,
              [
                // What somebody sent a few times with a location of their own.
                { location: 'https://evil.example/', actions: 5 },
                { location: 'https://act.example.org/river?x=2', actions: 3 },
                { location: 'https://act.example.org/river?x=1', actions: 4 },
                { location: 'no URL', actions: 99 },
              ],
            ],
          ]),
        ),
    },
    hosts: { mayRedirect: (_page, redir) => Promise.resolve(redir.startsWith('https://act.example.org/')) },
    now: () => atMs,
  }).follow(
    { token: url.token ?? token },
    { method: 'GET', url: '/', query: url.redir === undefined ? {} : { redir: url.redir } },
  );

it.each([
  [undefined, `https://act.example.org/river?${proca}&x=1`],
  ['https://act.example.org/donate', `https://act.example.org/donate?${proca}`],
  ['https://evil.example/', `https://act.example.org/river?${proca}&x=1`],
])('redir %s leads to %s', async (redir, location) => {
  const answer = await follow(redir === undefined ? {} : { redir });
  expect(answer).toMatchObject({ status: 302, headers: { location } });
});

it('ends when it says so, and is nothing to others', async () => {
  expect(await follow({}, { atMs: +expiresAt })).toMatchObject({ status: 410 });
  expect(await follow({}, { isThere: false })).toMatchObject({ status: 404 });
  expect(await follow({ token: `${token}x` })).toMatchObject({ status: 400 });
});
