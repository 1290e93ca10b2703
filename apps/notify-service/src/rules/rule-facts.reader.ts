import type { MailOutcomeV1, SupporterMailV1 } from '@groundswell/contracts';
import type { JobRunner } from '@groundswell/jobs';
import type { Catalogue, Database } from '@groundswell/persistence';
import type { FactReader } from '../facts/fact-readers';
import type { NotifyFact } from '../facts/notify-fact';
import { MailPlaceReadModel } from './mail-place.read-model';
import {
  actionOccurrences,
  alertOccurrence,
  bouncedMessage,
  bounceOccurrence,
  closedOccurrences,
  disabledOccurrence,
  enrichedOccurrence,
  type LeadOf,
} from './occurrences';
import type { NewFiring, Occurrence } from './rule';
import type { RuleBook, RulePage } from './rule-book';
import type { RuleFirer } from './rule-firer';

/**
 * Has the rules fire that wait for a fact. What no rule waits for costs a look at the version of the book. Twice is safe: a rule
 * fires once for each subject. Order does not matter.
 */
export class RuleFactsReader implements FactReader {
  readonly id = 'rules';
  readonly schemas = [
    'groundswell:facts:1',
    'groundswell:action-enriched:1',
    'groundswell:mail-outcome:1',
    'groundswell:supporter-mail:1',
    'groundswell:queue-alert:1',
    'groundswell:endpoint-disabled:1',
    'groundswell:followups-closed:1',
  ] as const;

  constructor(
    private readonly database: Pick<Database, 'run' | 'transaction'>,
    private readonly catalogue: Pick<Catalogue, 'campaigns' | 'refresh'>,
    private readonly book: Pick<RuleBook, 'current'>,
    private readonly firer: Pick<RuleFirer, 'fire' | 'mayFire'>,
    private readonly runner: Pick<JobRunner, 'wake'>,
  ) {}

  async read(facts: readonly NotifyFact[]): Promise<void> {
    const page = await this.book.current();
    const firings = (await this.occurrences(page, facts)).flatMap((occurrence) => this.firingsOf(page, occurrence));
    if (firings.length === 0) return;
    const fired = await this.database.transaction((manager) => this.firer.fire(manager, firings));
    if (fired > 0) this.runner.wake();
  }

  private async occurrences(page: RulePage, facts: readonly NotifyFact[]): Promise<Occurrence[]> {
    const found: Occurrence[] = [];
    const bounces: (MailOutcomeV1 | SupporterMailV1)[] = [];
    for (const fact of facts) {
      switch (fact.schema) {
        case 'groundswell:facts:1':
          if (!page.has('action_added', 'action_accepted', 'action_rejected')) break;
          await this.knowCampaigns(fact.facts);
          found.push(...fact.facts.flatMap((one) => actionOccurrences(one, this.leadOf)));
          break;
        case 'groundswell:mail-outcome:1':
          if (bouncedMessage(fact) !== null) bounces.push(fact);
          break;
        case 'groundswell:supporter-mail:1':
          bounces.push(fact);
          break;
        default:
          found.push(...otherOccurrences(fact));
      }
    }
    if (bounces.length > 0 && page.has('mail_bounced')) found.push(...(await this.bounces(bounces)));
    return found;
  }

  /** The campaign may be younger than the last comparison. */
  private async knowCampaigns(facts: readonly { campaignId: number }[]): Promise<void> {
    if (facts.some(({ campaignId }) => !this.catalogue.campaigns.get(campaignId))) await this.catalogue.refresh();
  }

  private bounces(facts: readonly (MailOutcomeV1 | SupporterMailV1)[]): Promise<Occurrence[]> {
    return this.database.run(async (manager) => {
      const places = new MailPlaceReadModel(manager);
      const messages = facts.flatMap((fact) => ('customId' in fact ? [bouncedMessage(fact) ?? 0] : []));
      const actions = facts.flatMap((fact) => ('actionId' in fact ? [fact.actionId] : []));
      const ofMessages = await places.ofMessages(messages);
      const ofActions = await places.ofActions(actions);
      return facts.map((fact) => {
        const isTarget = 'customId' in fact;
        const place = isTarget ? ofMessages.get(bouncedMessage(fact) ?? 0) : ofActions.get(fact.actionId);
        const campaignId = place?.campaignId ?? null;
        const leadId = campaignId === null ? null : this.leadOf(campaignId);
        const orgIds = [...(isTarget ? [] : [fact.orgId]), ...(leadId === null ? [] : [leadId])];
        return bounceOccurrence(fact, { campaignId, actionId: place?.actionId ?? null, orgIds });
      });
    });
  }

  private firingsOf(page: RulePage, occurrence: Occurrence): NewFiring[] {
    const { subject, subjectId, campaignId, fields } = occurrence;
    return page
      .concerned(occurrence)
      .filter((rule) => this.firer.mayFire(rule, fields))
      .map(({ id: ruleId }) => ({ ruleId, subject, subjectId, campaignId, fields }));
  }

  private readonly leadOf: LeadOf = (campaignId) => this.catalogue.campaigns.get(campaignId)?.orgId ?? null;
}

function otherOccurrences(fact: NotifyFact): Occurrence[] {
  switch (fact.schema) {
    case 'groundswell:action-enriched:1':
      return [enrichedOccurrence(fact)];
    case 'groundswell:endpoint-disabled:1':
      return [disabledOccurrence(fact)];
    case 'groundswell:followups-closed:1':
      return closedOccurrences(fact);
    case 'groundswell:queue-alert:1': {
      const alert = alertOccurrence(fact);
      return alert ? [alert] : [];
    }
    default:
      return [];
  }
}
