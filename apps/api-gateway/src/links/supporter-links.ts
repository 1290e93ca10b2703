import { partitionCount, supporterDecisionV1, type SupporterDecisionV1 } from '@groundswell/contracts';
import { encodeRef, partitionOfRef, uuidV7 } from '@groundswell/crypto';
import { confirmRedirect, decideCommand, doiRedirect, type CommandDecision } from '@groundswell/domain';
import type { Catalogue } from '@groundswell/persistence';
import type { AcceptMetrics } from '../accepting/accept-metrics';
import type { DurablePublisher } from '../accepting/durable-publisher';
import { answerOrRetry } from './answer-or-retry';
import { errorAnswer, redirectAnswer, textAnswer, type LinkAnswer } from './link-answer';
import { confirmPage } from './link-pages';
import {
  isReminder,
  parameter,
  parseConfirmLink,
  parseSupporterLink,
  type ConfirmLink,
  type FollowedLink,
  type Query,
  type SupporterLink,
} from './link-request';
import type { LinkState, LinkStateReadModel } from './link-state.read-model';
import { confirmsByFollowing, type RedirectHosts } from './redirect-hosts';

export interface SupporterLinksOptions {
  catalogue: Pick<Catalogue, 'pages' | 'campaigns' | 'orgs'>;
  readModel: Pick<LinkStateReadModel, 'find' | 'lastLocationOf'>;
  hosts: Pick<RedirectHosts, 'mayRedirect'>;
  durable: Pick<DurablePublisher, 'publish'>;
  metrics: Pick<AcceptMetrics, 'countReminder'>;
  /** Parse each command by its contract before publishing: for tests and development. */
  checksContracts: boolean;
  now?: () => Date;
}

const malformed = 'malformed link';

/**
 * Links in mails to supporters (processing.md §5.9): read the state, decide by it what to answer, publish the decision to
 * the supporter's partition, answer once that is durable. Following one twice is safe: the second time there is nothing
 * to change.
 */
export class SupporterLinks {
  constructor(private readonly options: SupporterLinksOptions) {}

  /** `/link/s/:actionId/:verb/:ref` */
  confirm(params: { actionId: string; verb: string; ref: string }, followed: FollowedLink): Promise<LinkAnswer> {
    return answerOrRetry(async () => {
      const link = parseConfirmLink(params, followed.query);
      if (!link) return errorAnswer(400, malformed);
      const state = await this.options.readModel.find(link);
      if (!state) return errorAnswer(404, malformed);
      const redirect = await this.redirectOf(link, state, followed.query);
      if (followed.method !== 'POST' && !confirmsByFollowing(this.collectorOf(state))) {
        return this.buttonPage(link, state, followed, redirect.kind === 'redirect' ? redirect.url : null);
      }
      if (followed.method === 'HEAD') return textAnswer('');
      if (isReminder(followed.query)) this.options.metrics.countReminder('confirm');
      const error = await this.decide(link, state, link.verb, link.isOptIn);
      if (error !== null) return errorAnswer(400, error);
      if (redirect.kind === 'redirect') return redirectAnswer(redirect.url);
      return textAnswer(redirect.kind === 'none' ? 'SUCCESS' : 'SUCCESS; Could not redirect to a bad URL');
    });
  }

  /** `/link/d/:actionId/:ref` */
  optIn(params: { actionId: string; ref: string }, followed: FollowedLink): Promise<LinkAnswer> {
    return answerOrRetry(async () => {
      const link = parseSupporterLink(params);
      if (!link) return errorAnswer(400, malformed);
      const state = await this.options.readModel.find(link);
      if (!state) return errorAnswer(404, malformed);
      if (followed.method === 'HEAD') return textAnswer('');
      const redir = parameter(followed.query, 'redir');
      const isAllowed = redir !== null && (await this.options.hosts.mayRedirect(state.pageId, redir));
      const lastLocation = isAllowed ? null : await this.options.readModel.lastLocationOf(state.pageId);
      if (isReminder(followed.query)) this.options.metrics.countReminder('double_opt_in');
      await this.decide(link, state, null, true);
      return redirectAnswer(doiRedirect(redir, lastLocation, () => isAllowed));
    });
  }

  private async redirectOf(link: ConfirmLink, { pageId }: LinkState, query: Query) {
    const redir = parameter(query, 'redir');
    const isAllowed = redir !== null && (await this.options.hosts.mayRedirect(pageId, redir));
    return confirmRedirect(redir, link, () => isAllowed);
  }

  /** Makes the decision durable when it changes anything; the error text when the state does not allow it. What of a
   *  refused one stands, the double opt-in, is published by itself. */
  private async decide(
    link: SupporterLink,
    state: LinkState,
    decision: SupporterDecisionV1['decision'],
    doubleOptIn: boolean,
  ): Promise<string | null> {
    const { actionId } = link;
    const decided: CommandDecision = decideCommand(
      {
        status: state.supporterStatus,
        emailStatus: state.emailStatus,
        actions: [{ id: actionId, status: state.actionStatus }],
      },
      { kind: 'supporter_decision', actionId, decision, doubleOptIn },
    );
    if (decided.outcome === 'changed') await this.publish(link, decision, doubleOptIn);
    else if (decided.outcome === 'refused' && decided.emailStatus !== state.emailStatus) {
      await this.publish(link, null, true);
    }
    return decided.error;
  }

  private async publish(
    { actionId, fingerprint }: SupporterLink,
    decision: SupporterDecisionV1['decision'],
    doubleOptIn: boolean,
  ): Promise<void> {
    const at = this.options.now?.() ?? new Date();
    const command: SupporterDecisionV1 = {
      schema: 'groundswell:command:1',
      id: uuidV7(at.getTime()),
      at: at.toISOString(),
      kind: 'supporter_decision',
      actionId,
      ref: encodeRef(fingerprint),
      decision,
      doubleOptIn,
    };
    if (this.options.checksContracts) supporterDecisionV1.parse(command);
    await this.options.durable.publish({
      id: command.id,
      type: command.schema,
      partition: partitionOfRef(fingerprint, partitionCount),
      json: Buffer.from(JSON.stringify(command)),
      at,
    });
  }

  private buttonPage(
    link: ConfirmLink,
    state: LinkState,
    { url }: FollowedLink,
    redirectUrl: string | null,
  ): LinkAnswer {
    const campaignId = this.options.catalogue.pages.get(state.pageId)?.campaignId;
    const campaign = campaignId === undefined ? undefined : this.options.catalogue.campaigns.get(campaignId);
    return confirmPage({
      verb: link.verb,
      campaignTitle: campaign?.title ?? '',
      action: url,
      redirectOrigin: redirectUrl === null ? null : new URL(redirectUrl).origin,
    });
  }

  private collectorOf({ pageId }: LinkState) {
    const { pages, orgs } = this.options.catalogue;
    const page = pages.get(pageId);
    return page && orgs.get(page.orgId);
  }
}
