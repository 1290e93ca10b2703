import { encodeRef, type PersonalLinkTokens } from '@groundswell/crypto';
import { personalRedirect } from '@groundswell/domain';
import { answerOrRetry } from './answer-or-retry';
import { errorAnswer, redirectAnswer, textAnswer, type LinkAnswer } from './link-answer';
import { parameter, type FollowedLink } from './link-request';
import type { LinkStateReadModel, SeenLocation } from './link-state.read-model';
import type { RedirectHosts } from './redirect-hosts';

export interface PersonalLinksOptions {
  tokens: Pick<PersonalLinkTokens, 'open'>;
  readModel: Pick<LinkStateReadModel, 'find' | 'locationsOf'>;
  hosts: Pick<RedirectHosts, 'mayRedirect'>;
  now?: () => number;
}

/**
 * `/link/m/:token` of a mailout: leads to the page of the supporter's action, or to `redir` on a host of the campaign, with
 * `proca_ref` so that what they do there is theirs. Following it changes nothing. There is no row of a link: its token has an end.
 * The page is where most of its latest actions came from: anybody can send one with any location, and would be told who comes.
 */
export class PersonalLinks {
  constructor(private readonly options: PersonalLinksOptions) {}

  follow({ token }: { token: string }, followed: FollowedLink): Promise<LinkAnswer> {
    return answerOrRetry(async () => {
      const { tokens, readModel, hosts, now = Date.now } = this.options;
      const link = tokens.open(token);
      if (!link) return errorAnswer(400, 'malformed link');
      if (+link.expiresAt <= now()) return errorAnswer(410, 'link expired');
      const state = await readModel.find({ actionId: link.actionId, fingerprint: link.ref });
      if (!state) return errorAnswer(404, 'malformed link');
      if (followed.method === 'HEAD') return textAnswer('');
      const redir = parameter(followed.query, 'redir');
      const isAllowed = redir !== null && (await hosts.mayRedirect(state.pageId, redir));
      const seen = isAllowed ? [] : ((await readModel.locationsOf([state.pageId])).get(state.pageId) ?? []);
      return redirectAnswer(personalRedirect(redir, usualLocation(seen), encodeRef(link.ref), () => isAllowed));
    });
  }
}

/** The most frequent location of the most frequent origin. */
function usualLocation(seen: readonly SeenLocation[]): string | null {
  const byOrigin = new Map<string, SeenLocation & { sum: number }>();
  for (const one of seen) {
    if (!URL.canParse(one.location)) continue;
    const { origin } = new URL(one.location);
    const known = byOrigin.get(origin);
    const sum = (known?.sum ?? 0) + one.actions;
    byOrigin.set(origin, { ...(known && known.actions >= one.actions ? known : one), sum });
  }
  return [...byOrigin.values()].sort((a, b) => b.sum - a.sum)[0]?.location ?? null;
}
