import type {
  ActionDecisionV1,
  ActionSubmissionV1,
  ContactSubmissionV1,
  DetailResultV1,
  EmailEventV1,
  IngestMessageV1,
  LinkActionsV1,
  LinkSubmissionV1,
  RemindSupporterV1,
  SupporterDecisionV1,
} from '@groundswell/contracts';
import { decideCommand, latestEmailStatus } from '@groundswell/domain';
import { LookupLedger } from '../details/lookup-ledger';
import { mergeDetails } from '../details/merge-details';
import type { FollowUpAnswer } from '../follow-ups/follow-up-answer';
import type { Emission } from './emission';
import type { LoadedBatch } from './loaded-batch';
import { RepeatRule } from './repeat-rule';
import type { SupporterProcessor } from './supporter-processor';
import { partitionOf } from './reference';
import { contactStateOf, type ActionState, type ContactState, type SupporterState } from './batch-state';

/** A message of the batch that is new, with the ids set aside for it. */
export interface NewMessage {
  message: IngestMessageV1;
  actionId: number;
  supporterId: number;
}

export interface LinkRow {
  orgId: number;
  ref: string;
  supporterId: number;
}
export interface PendingLinkRow {
  orgId: number;
  contactRef: string;
  ref: string;
}
interface Named {
  supporter: SupporterState;
  action: ActionState;
}
/** Actions stored here whose supporter lies in another partition: that partition links them. */
export interface RemoteLink {
  supporterId: number;
  supporterRef: string;
  actionIds: number[];
}

/**
 * Applies the messages of one batch, in order, to the state loaded for it. Nothing here reads or writes: the same
 * messages in any order end in the same state (processing.md §5.3), since whatever comes too early waits under its
 * reference and is taken up by what it waited for.
 */
export class BatchProcessor {
  readonly supporters = new Map<number, SupporterState>();
  readonly newActions: ActionState[] = [];
  readonly links: LinkRow[] = [];
  readonly pendingLinks: PendingLinkRow[] = [];
  readonly settledLinks: PendingLinkRow[] = [];
  readonly remoteLinks: RemoteLink[] = [];
  readonly answers: FollowUpAnswer[] = [];
  private readonly latestByOrg = new Map<string, number>();
  private readonly unlinkedByRef = new Map<string, ActionState[]>();
  private readonly repeats: RepeatRule;
  private readonly carriers = new Map<string, { supporterId: number; supporterRef: string }>();

  constructor(
    private readonly loaded: LoadedBatch,
    private readonly process: SupporterProcessor,
    private readonly emission: Emission,
    private readonly touchedActions: Set<ActionState>,
    orgOfPage: (pageId: number) => number | undefined,
    private readonly lookups = new LookupLedger(),
  ) {
    this.repeats = new RepeatRule(loaded.recent);
    for (const { ref, pageId, latestId } of loaded.known) this.noteLatest(ref, orgOfPage(pageId), latestId);
    for (const supporter of loaded.supporters.values()) this.supporters.set(supporter.id, supporter);
    for (const action of loaded.unlinked) this.noteUnlinked(action);
    for (const { orgId, ref, supporterId, supporterRef } of loaded.carriedRefs) {
      this.carriers.set(keyOf(orgId, ref), { supporterId, supporterRef });
    }
  }

  apply({ message, actionId, supporterId }: NewMessage): void {
    switch (message.kind) {
      case 'contact':
        return this.addContact(message, actionId, supporterId);
      case 'action':
        return this.addAction(message, actionId);
      case 'link':
        return this.linkByRequest(message);
      case 'link_actions':
        return this.linkByCommand(message);
      case 'supporter_decision':
      case 'action_decision':
      case 'email_event':
        return this.decide(message);
      case 'remind_supporter':
        return this.remind(message);
      case 'detail_result':
        return this.takeDetails(message);
    }
  }

  /** References under which this batch left an action waiting, or which one of its supporters carries now. */
  crossingRefs(): string[] {
    const waiting = this.newActions.flatMap(({ supporter, ref }) => (supporter || ref === null ? [] : [ref]));
    return [...new Set([...waiting, ...this.links.map(({ ref }) => ref)])];
  }

  private addContact(message: ContactSubmissionV1, actionId: number, supporterId: number): void {
    const acceptedAt = new Date(message.acceptedAt);
    const supporter: SupporterState = {
      id: supporterId,
      isNew: true,
      isChanged: false,
      campaignId: message.campaignId,
      pageId: message.pageId,
      orgId: message.orgId,
      ref: message.ref,
      partition: partitionOf(message.ref),
      source: message.source,
      ...message.supporter,
      status: 'new',
      emailStatus: 'none',
      emailStatusChangedAt: null,
      rank: null,
      recipe: message.recipe ?? null,
      clearAtDeliver: message.clearAtDeliver,
      acceptedAt,
      contacts: this.keptContacts(message, acceptedAt),
      actions: [],
    };
    if (message.contacts.length > 0 && supporter.contacts.length === 0) forgetPerson(supporter);
    this.supporters.set(supporter.id, supporter);
    this.noteLatest(supporter.ref, supporter.orgId, supporter.id);
    const action = this.newAction(message, actionId, acceptedAt, supporter, null);
    action.withConsent = true;
    action.noMail = message.noMail === true || this.repeats.isUnmailed(supporter, action);
    const refs = [...(message.carriedRef === null ? [] : [message.carriedRef]), ...this.takePendingLinks(supporter)];
    this.carry(supporter, refs);
    this.attach(supporter, [supporter.ref, ...refs]);
    this.process.run(supporter);
  }

  /** Without the records of orgs that had this person erased after it was accepted (processing.md §3.2). */
  private keptContacts(message: ContactSubmissionV1, acceptedAt: Date): ContactState[] {
    const erasedFor = this.erasedFor(message.ref, acceptedAt);
    return message.contacts
      .filter(({ orgId }) => !erasedFor.has(orgId))
      .map((record) => contactStateOf(record, acceptedAt));
  }

  private erasedFor(personRef: string, acceptedAt: Date): Set<number> {
    const erasures = this.loaded.erasures.filter(({ ref, erasedAt }) => ref === personRef && erasedAt > acceptedAt);
    return new Set(erasures.map(({ orgId }) => orgId));
  }

  private addAction(message: ActionSubmissionV1, actionId: number): void {
    const acceptedAt = new Date(message.acceptedAt);
    const latestId = this.latestByOrg.get(keyOf(message.orgId, message.ref));
    const carrier = this.carriers.get(keyOf(message.orgId, message.ref));
    const supporter = this.supporters.get(latestId ?? carrier?.supporterId ?? 0) ?? null;
    const action = this.newAction(message, actionId, acceptedAt, supporter, supporter ? null : message.ref);
    if (supporter) {
      this.process.run(supporter);
      return;
    }
    this.noteUnlinked(action);
    if (carrier) this.remoteLinks.push({ ...carrier, actionIds: [action.id] });
  }

  private linkByRequest(message: LinkSubmissionV1): void {
    const supporter = this.supporters.get(this.latestByOrg.get(keyOf(message.orgId, message.ref)) ?? 0);
    if (!supporter) {
      for (const ref of message.linkRefs) {
        this.pendingLinks.push({ orgId: message.orgId, contactRef: message.ref, ref });
      }
      return;
    }
    this.carry(supporter, message.linkRefs);
    this.attach(supporter, message.linkRefs);
    this.process.run(supporter);
  }

  private linkByCommand(message: LinkActionsV1): void {
    const supporter = this.supporters.get(message.supporterId);
    if (!supporter) return;
    const wanted = new Set(message.actionIds);
    for (const action of this.loaded.unlinked) {
      if (wanted.has(action.id) && !action.supporter) this.link(action, supporter);
    }
    this.process.run(supporter);
  }

  private decide(message: SupporterDecisionV1 | ActionDecisionV1 | EmailEventV1): void {
    const named = this.named(message);
    if (!named) return;
    const { supporter, action } = named;
    const decision = decideCommand(supporter, message);
    const told = { status: decision.emailStatus, at: new Date(message.at) };
    const emailStatus =
      told.status === supporter.emailStatus
        ? told.status
        : latestEmailStatus({ status: supporter.emailStatus, at: supporter.emailStatusChangedAt }, told);
    const emailStatusChanged = emailStatus !== supporter.emailStatus;
    if (emailStatusChanged) {
      supporter.emailStatus = emailStatus;
      supporter.emailStatusChangedAt = told.at;
      supporter.isChanged = true;
    }
    this.process.setStatus(supporter, decision.supporter, this.sameSupporters(supporter));
    for (const { id, status } of decision.actions) {
      const decided = supporter.actions.find((candidate) => candidate.id === id);
      if (decided) this.process.setActionStatus(decided, status);
    }
    this.process.run(supporter);
    if (emailStatusChanged) this.emission.emitEmailStatus(supporter, action);
  }

  /** Only whoever still has to confirm, and can be mailed. */
  private remind(message: RemindSupporterV1): void {
    const named = this.named(message);
    if (!named) return;
    const { supporter, action } = named;
    const isWaiting = supporter.status === 'confirming' && action.status === 'new' && action.withConsent;
    const isReached = supporter.emailStatus === 'none' || supporter.emailStatus === 'double_opt_in';
    if (isWaiting && isReached && supporter.email !== null) {
      this.emission.emitReminder(message.reminder, action, supporter);
    }
  }

  /** The action goes on, with or without details; those of a person erased meanwhile are dropped. */
  private takeDetails(message: DetailResultV1): void {
    const named = this.named(message);
    if (!named || !this.lookups.end(message.actionId, message.outcome)) return;
    const { supporter, action } = named;
    const isErased = this.erasedFor(message.ref, action.acceptedAt).has(message.orgId);
    if (message.details && !isErased) mergeDetails(supporter, action, message.details);
    this.touchedActions.add(action);
    this.process.run(supporter);
  }

  /** The action a command is about, if it is this person's. */
  private named({ actionId, ref }: { actionId: number; ref: string }): Named | null {
    for (const supporter of this.supporters.values()) {
      const action = supporter.ref === ref ? supporter.actions.find(({ id }) => id === actionId) : undefined;
      if (action) return { supporter, action };
    }
    return null;
  }

  /** All signatures of the same person in the same campaign that this batch knows, oldest first. */
  private sameSupporters({ ref, campaignId }: SupporterState): SupporterState[] {
    return [...this.supporters.values()]
      .filter((other) => other.ref === ref && other.campaignId === campaignId)
      .sort((a, b) => a.id - b.id);
  }

  private newAction(
    message: ContactSubmissionV1 | ActionSubmissionV1,
    id: number,
    acceptedAt: Date,
    supporter: SupporterState | null,
    ref: string | null,
  ): ActionState {
    const action: ActionState = {
      id,
      isNew: true,
      isChanged: false,
      supporter,
      ref,
      actionType: message.action.actionType,
      campaignId: message.campaignId,
      pageId: message.pageId,
      orgId: message.orgId,
      source: message.source,
      withConsent: false,
      fields: message.action.fields,
      testing: message.action.testing,
      noMail: false,
      donation: message.action.donation,
      mtt: message.action.mtt,
      attachments: message.action.attachments,
      status: 'new',
      before: null,
      acceptedAt,
    };
    this.newActions.push(action);
    this.noteAnswer(message, action);
    this.touchedActions.add(action);
    supporter?.actions.push(action);
    return action;
  }

  /** A trial answers nothing. */
  private noteAnswer(message: ContactSubmissionV1 | ActionSubmissionV1, action: ActionState): void {
    const { followUpId } = message.action;
    if (followUpId === undefined || action.testing) return;
    const { id: actionId, orgId, campaignId } = action;
    this.answers.push({ itemId: followUpId, actionId, orgId, campaignId });
  }

  /** Actions that waited under these references become the supporter's; only those on pages of the same org. */
  private attach(supporter: SupporterState, refs: string[]): void {
    for (const ref of refs) {
      for (const action of this.unlinkedByRef.get(ref) ?? []) {
        if (!action.supporter && action.orgId === supporter.orgId) this.link(action, supporter);
      }
    }
  }

  private link(action: ActionState, supporter: SupporterState): void {
    action.supporter = supporter;
    action.ref = null;
    action.isChanged = true;
    this.touchedActions.add(action);
    supporter.actions.push(action);
  }

  /** Keeps the references, so that an action arriving later under one of them is linked too. */
  private carry(supporter: SupporterState, refs: string[]): void {
    for (const ref of refs) {
      this.links.push({ orgId: supporter.orgId, ref, supporterId: supporter.id });
      this.carriers.set(keyOf(supporter.orgId, ref), { supporterId: supporter.id, supporterRef: supporter.ref });
    }
  }

  private takePendingLinks(supporter: SupporterState): string[] {
    const mine = [...this.loaded.pendingLinks, ...this.pendingLinks].filter(
      ({ orgId, contactRef }) => orgId === supporter.orgId && contactRef === supporter.ref,
    );
    this.settledLinks.push(...mine);
    return mine.map(({ ref }) => ref);
  }

  private noteUnlinked(action: ActionState): void {
    if (action.ref === null) return;
    const list = this.unlinkedByRef.get(action.ref);
    if (list) list.push(action);
    else this.unlinkedByRef.set(action.ref, [action]);
  }

  private noteLatest(ref: string, orgId: number | undefined, supporterId: number): void {
    if (orgId === undefined) return;
    const key = keyOf(orgId, ref);
    if ((this.latestByOrg.get(key) ?? 0) < supporterId) this.latestByOrg.set(key, supporterId);
  }
}

/** No org may have this person's data any more: the clear copies go with the records. */
function forgetPerson(supporter: SupporterState): void {
  supporter.firstName = null;
  supporter.lastName = null;
  supporter.email = null;
  supporter.address = null;
}

const keyOf = (orgId: number, ref: string): string => `${orgId}:${ref}`;
