import type { EntityManager } from 'typeorm';
import { RunsJob, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import type { Catalogue, CatalogueCampaign } from '@groundswell/persistence';
import { CampaignFiguresReadModel } from './campaign-figures.read-model';
import { digestData, digestFigures, type DigestFigures, type PreviousDigest } from './digest';
import { FiringRepository } from './firing.repository';
import type { Outgoing } from './outgoing';
import type { Rule } from './rule';
import { sendDigest } from './rule-jobs';
import type { RuleMailer } from './rule-mailer';
import { ruleScope } from './rule-scope';
import { RuleRepository } from './rule.repository';

type Run = JobRunOf<typeof sendDigest>;
interface Digest {
  mails: number;
  publish: () => void;
}

const nothing: Digest = { mails: 0, publish: () => undefined };

/** Sends one digest: figures, mails and the firing's end are one step. Twice is safe: steps happen once. */
@RunsJob(sendDigest)
export class SendDigestHandler implements JobHandler {
  constructor(
    private readonly catalogue: Pick<
      Catalogue,
      'refresh' | 'orgs' | 'campaigns' | 'campaignsLedBy' | 'pagesOfOrg' | 'pagesOfCampaign'
    >,
    private readonly outgoing: Outgoing,
    private readonly mailer: RuleMailer,
  ) {}

  async run(job: Run): Promise<{ mails: number }> {
    await this.catalogue.refresh();
    const { mails, publish } = await job.step((manager) => this.write(manager, job));
    publish();
    return { mails };
  }

  private async write(manager: EntityManager, { payload: { ruleId, firingId } }: Run): Promise<Digest> {
    const rule = await new RuleRepository(manager).hold(ruleId);
    const org = rule && this.catalogue.orgs.get(rule.orgId);
    const firings = new FiringRepository(manager);
    if (!rule || !org || org.deletedAt !== null || !rule.isEnabled) {
      await firings.end([firingId], 'left_out', 'the rule is disabled');
      return nothing;
    }
    const { figures, data } = await this.figures(manager, rule);
    const about = { kind: 'rule_digest', occasion: `digest:${firingId}`, data } as const;
    const messages = await this.mailer.messages(manager, rule, org, about);
    const publish = await this.outgoing.write(manager, messages);
    await firings.end([firingId], 'sent', null);
    await firings.keepFigures(rule.id, firingId, figures);
    return { mails: messages.length, publish };
  }

  private async figures(
    manager: EntityManager,
    rule: Rule,
  ): Promise<{ figures: DigestFigures; data: Record<string, unknown> }> {
    const campaigns = this.campaignsOf(rule);
    const counted = await new CampaignFiguresReadModel(manager, this.catalogue).of(campaigns.map(({ id }) => id));
    if (!counted) throw new Error('figures are not counted yet');
    const previous: PreviousDigest | null = await new FiringRepository(manager).lastFigures(rule.id);
    const figures = digestFigures(counted);
    return { figures, data: digestData(campaigns, figures, previous) };
  }

  private campaignsOf({ orgId, campaignId }: Rule): CatalogueCampaign[] {
    const ids = campaignId === null ? ruleScope(this.catalogue, orgId).campaignIds : [campaignId];
    return ids.flatMap((id) => {
      const campaign = this.catalogue.campaigns.get(id);
      return campaign && campaign.deletedAt === null ? [campaign] : [];
    });
  }
}
