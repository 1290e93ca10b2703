import type { EntityManager } from 'typeorm';
import { defaultDeployedServices, exchanges, type OrgRouting } from '@groundswell/contracts';
import {
  orgRouting,
  type Catalogue,
  type CatalogueOrg,
  type OutboxMessage,
  type TopologyGateSettings,
} from '@groundswell/persistence';
import { ActionMessageBuilder } from '../messages/action-message.builder';
import { StageOutboxBuilder } from '../messages/stage-outbox.builder';
import { destinationQueue, stagesOf, type RequeuePurpose } from './requeue-destination';
import { isRequeueSelected, requeueStage } from './requeue-stage';
import { RequeueStateLoader, type RequeueState } from './requeue-state.loader';

/** Why an action's message is not sent again. */
export type SkipReason =
  /** The org is marked as deleted, or its row is gone already. */
  | 'org_gone'
  /** Gone, or without a supporter. */
  | 'not_found'
  /** Rejected, or waiting for something else than a message. */
  | 'no_stage'
  /** Its stage is not one that this queue gets. */
  | 'other_stage'
  | 'erased'
  /** The org has no (longer a) record of the supporter. */
  | 'no_contact'
  /** The org's settings send it elsewhere now. */
  | 'not_for_queue'
  /** A mail whose address was cleared and lies encrypted. */
  | 'no_email'
  /** Building failed; a person has to look. */
  | 'unbuildable';

export type Rebuilt = {
  actionId: number;
  /** Whether a person's requeue counts it: the org has a record, and its statuses are those of processing.md §8.1. */
  isSelected: boolean;
} & ({ message: OutboxMessage; skipped?: undefined } | { skipped: SkipReason; error?: unknown });

/** Actions read and built at once. */
export const rebuildPage = 500;

/**
 * Builds stage messages again from the actions as they are now, with the recipient's own contact record, addressed to
 * one queue through `system.retry`: nobody else of the org gets them twice (processing.md §7.4, §8.1).
 */
export class StageRebuilder {
  private readonly loader: RequeueStateLoader;
  private readonly deployed: ReadonlySet<string>;

  constructor(
    private readonly catalogue: Catalogue,
    private readonly publicUrl: string,
    private readonly topology: TopologyGateSettings,
  ) {
    this.loader = new RequeueStateLoader((pageId) => catalogue.pages.get(pageId)?.orgId);
    this.deployed = topology.deployedServices ?? new Set(defaultDeployedServices);
  }

  /** One result per id, in their order; at most `rebuildPage` ids. Message ids are those of the first emission. */
  async rebuild(
    manager: EntityManager,
    orgId: number,
    purpose: RequeuePurpose,
    actionIds: number[],
  ): Promise<Rebuilt[]> {
    const org = this.catalogue.orgs.get(orgId);
    if (!org || org.deletedAt) return actionIds.map((actionId) => skip(actionId, 'org_gone'));
    const states = await this.loader.load(manager, orgId, actionIds);
    const recipient = {
      org,
      purpose,
      routing: orgRouting(this.catalogue, org, this.topology.aliasByDefault),
      builder: new ActionMessageBuilder(this.catalogue),
    };
    return actionIds.map((actionId) => {
      const state = states.get(actionId);
      return state ? this.rebuildOne(state, recipient) : skip(actionId, 'not_found');
    });
  }

  private rebuildOne(state: RequeueState, recipient: Recipient): Rebuilt {
    const { action, supporter } = state;
    const isSelected = supporter.contacts.length > 0 && isRequeueSelected(action.status, supporter.status);
    try {
      const built = this.build(state, recipient);
      return typeof built === 'string'
        ? { actionId: action.id, isSelected, skipped: built }
        : { actionId: action.id, isSelected, message: built };
    } catch (error) {
      // One broken row must not hold back everybody else's: it is counted and named in the log.
      return { actionId: action.id, isSelected, skipped: 'unbuildable', error };
    }
  }

  private build(state: RequeueState, { org, purpose, routing, builder }: Recipient): OutboxMessage | SkipReason {
    const { action, supporter } = state;
    const contact = supporter.contacts[0] ?? null;
    const stage = requeueStage(action.status, supporter.status);
    if (state.isErased) return 'erased';
    if (stage === null) return 'no_stage';
    if (!stagesOf(purpose).includes(stage)) return 'other_stage';
    const stages = new StageOutboxBuilder(this.catalogue, builder, this.publicUrl);
    const around = stages.surroundingsOf(action);
    const isCollector = around.collector.id === org.id;
    // Confirm messages go to the collector even without a record of its own (processing.md §3.1), to nobody else.
    if (!contact && (stage === 'deliver' || !isCollector)) return 'no_contact';
    const code = stage === 'action_confirm' ? (state.code ?? undefined) : undefined;
    if (stage === 'action_confirm' && code === undefined) return 'no_stage';
    if (purpose === 'email' && !isCollector) return 'not_for_queue';
    if (purpose === 'email' && !builder.contactOf(supporter, contact).email) return 'no_email';
    const original = stages.build({ stage, action, supporter, recipient: org, contact, code }, around);
    const queue = destinationQueue(purpose, original, routing, this.deployed);
    return queue === null ? 'not_for_queue' : { ...original, exchange: exchanges.retry, routingKey: queue };
  }
}

interface Recipient {
  org: CatalogueOrg;
  purpose: RequeuePurpose;
  routing: OrgRouting;
  builder: ActionMessageBuilder;
}

const skip = (actionId: number, skipped: SkipReason): Rebuilt => ({ actionId, isSelected: false, skipped });
