import { localRedirect } from '@groundswell/domain';
import type { Catalogue } from '@groundswell/persistence';
import { ApiError } from '../api/api-error';
import type { ActionDecisions } from '../moderation/action-decisions';
import type { ModeratedAction } from '../moderation/moderated-action.read-model';
import { answerOrRetry } from './answer-or-retry';
import { errorAnswer, redirectAnswer, textAnswer, type LinkAnswer } from './link-answer';
import { moderationPage } from './link-pages';
import { parameter, parseCodeLink, type CodeLink, type FollowedLink } from './link-request';
import { confirmsByFollowing } from './redirect-hosts';

export interface CodeLinksOptions {
  catalogue: Pick<Catalogue, 'pages' | 'campaigns' | 'orgs'>;
  decisions: Pick<ActionDecisions, 'findByCode' | 'decideByCode'>;
}

/**
 * `/link/:verb/:code` (processing.md §5.9), for the codes that messages of the stage action_confirm carry: whoever has
 * one may decide. Following a link twice is safe: the second time there is nothing to change.
 */
export class CodeLinks {
  constructor(private readonly options: CodeLinksOptions) {}

  follow(params: { verb: string; code: string }, followed: FollowedLink): Promise<LinkAnswer> {
    return answerOrRetry(async () => {
      const link = parseCodeLink(params);
      if (!link) return textAnswer('malformed link', 400);
      const action = await this.options.decisions.findByCode(link.code);
      if (!action) return errorAnswer(400, 'code invalid');
      if (followed.method !== 'POST' && !confirmsByFollowing(this.collectorOf(action))) {
        return this.buttonPage(link, action, followed);
      }
      if (followed.method === 'HEAD') return textAnswer('');
      return this.decide(link, action, followed);
    });
  }

  private async decide({ verb }: CodeLink, action: ModeratedAction, { query }: FollowedLink): Promise<LinkAnswer> {
    try {
      await this.options.decisions.decideByCode(action, verb);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code === 'unavailable') throw error;
      return error.code === 'expired' ? textAnswer(error.message, 400) : errorAnswer(400, error.message);
    }
    return redirectAnswer(localRedirect(parameter(query, 'redir')));
  }

  private buttonPage({ verb }: CodeLink, action: ModeratedAction, { url }: FollowedLink): LinkAnswer {
    const campaignId = this.options.catalogue.pages.get(action.pageId)?.campaignId;
    const campaign = campaignId === undefined ? undefined : this.options.catalogue.campaigns.get(campaignId);
    return moderationPage({ verb, campaignTitle: campaign?.title ?? '', action: url });
  }

  private collectorOf({ pageId }: ModeratedAction) {
    const { pages, orgs } = this.options.catalogue;
    const page = pages.get(pageId);
    return page && orgs.get(page.orgId);
  }
}
