import { localRedirect } from '@groundswell/domain';
import type { Catalogue, Confirm } from '@groundswell/persistence';
import { ApiError, InputError } from '../api/api-error';
import type { ConfirmDecisions } from '../confirms/confirm-decisions';
import { RefusedRequest } from '../graphql/requests/refused-request';
import type { ActionDecisions } from '../moderation/action-decisions';
import type { ModeratedAction } from '../moderation/moderated-action.read-model';
import type { RateLimiter } from '../rate-limits/rate-limiter';
import { TooManyRequestsError } from '../rate-limits/too-many-requests.error';
import { answerOrRetry } from './answer-or-retry';
import { countingGuesses } from './code-guesses';
import { confirmPageAddress } from './confirm-page-address';
import {
  errorAnswer,
  redirectAnswer,
  seeOtherAnswer,
  textAnswer,
  tooManyAnswer,
  unauthorizedAnswer,
  type LinkAnswer,
} from './link-answer';
import type { LinkCaller } from './link-caller';
import { moderationPage } from './link-pages';
import {
  confirmOfLink,
  isBrowserVisit,
  parameter,
  parseCodeLink,
  type CodeLink,
  type FollowedLink,
} from './link-request';
import { confirmsByFollowing } from './redirect-hosts';

export interface CodeLinksOptions {
  catalogue: Pick<Catalogue, 'pages' | 'campaigns' | 'orgs'>;
  decisions: Pick<ActionDecisions, 'findByCode' | 'decideByCode'>;
  confirms: Pick<ConfirmDecisions, 'find' | 'decide'>;
  callers: Pick<LinkCaller, 'accessOf'>;
  guesses: Pick<RateLimiter, 'consume' | 'giveBack'>;
  /** People log in on pages of ours. */
  hasLoginPage: boolean;
}

/**
 * `/link/:verb/:code` (processing.md §5.9). For the codes that messages of the stage action_confirm carry whoever has one
 * may decide; every other code is for a signed-in user. Here that is who sends credentials along; a browser is sent to a
 * page, where its cookie counts and a form must be sent. Following a link twice is safe: the second time there is nothing
 * to change.
 */
export class CodeLinks {
  constructor(private readonly options: CodeLinksOptions) {}

  follow(params: { verb: string; code: string }, followed: FollowedLink): Promise<LinkAnswer> {
    return answerOrRetry(async () => {
      const link = parseCodeLink(params);
      if (!link) return textAnswer('malformed link', 400);
      try {
        return await this.followCode(link, followed);
      } catch (error) {
        if (!(error instanceof TooManyRequestsError)) throw error;
        return tooManyAnswer(error.retryAfterSeconds, error.message);
      }
    });
  }

  private async followCode(link: CodeLink, followed: FollowedLink): Promise<LinkAnswer> {
    const found = await countingGuesses(this.options.guesses, followed.ip ?? '', async () => {
      const confirm = await this.options.confirms.find(confirmOfLink(link, followed.query));
      return confirm ?? this.options.decisions.findByCode(link.code);
    });
    if (!found) return errorAnswer(400, 'code invalid');
    return 'actionId' in found ? this.followAction(link, found, followed) : this.followConfirm(link, found, followed);
  }

  private async followAction(link: CodeLink, action: ModeratedAction, followed: FollowedLink): Promise<LinkAnswer> {
    if (followed.method !== 'POST' && !confirmsByFollowing(this.collectorOf(action))) {
      return this.buttonPage(link, action, followed);
    }
    if (followed.method === 'HEAD') return textAnswer('');
    return answerOf(followed, () => this.options.decisions.decideByCode(action, link.verb));
  }

  /** Nobody but a signed-in user can act by it, so a mail scanner cannot. */
  private async followConfirm(link: CodeLink, confirm: Confirm, followed: FollowedLink): Promise<LinkAnswer> {
    if (followed.method === 'HEAD') return textAnswer('');
    if (this.options.hasLoginPage && isBrowserVisit(followed)) {
      return seeOtherAnswer(confirmPageAddress(link, followed.query));
    }
    return answerOf(followed, async () => {
      const access = await this.options.callers.accessOf(followed, parameter(followed.query, 'org'));
      return this.options.confirms.decide(confirm, access, link.verb);
    });
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

/** Where a decision leads, or how its refusal reads. */
async function answerOf({ query }: FollowedLink, decide: () => Promise<unknown>): Promise<LinkAnswer> {
  try {
    await decide();
  } catch (error) {
    if (error instanceof RefusedRequest) {
      return error.status === 401 ? unauthorizedAnswer() : textAnswer(error.message, 400);
    }
    if (error instanceof InputError) return errorAnswer(400, error.message);
    if (!(error instanceof ApiError) || error.code === 'unavailable') throw error;
    if (error.code === 'unauthorized') return unauthorizedAnswer();
    return error.code === 'expired' ? textAnswer(error.message, 400) : errorAnswer(400, error.message);
  }
  return redirectAnswer(localRedirect(parameter(query, 'redir')));
}
