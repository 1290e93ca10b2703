import type { EntityManager } from 'typeorm';
import type { MailRequestV1 } from '@groundswell/contracts';
import { TransientError } from '@groundswell/messaging';
import {
  mailRequestMessage,
  type Catalogue,
  type Database,
  type OutboxRelay,
  type OutboxRepository,
} from '@groundswell/persistence';
import { confirmMails, type MailSender } from './confirm-mail';
import { confirmScene } from './confirm-scene';
import { ConfirmReadModel } from './confirm.read-model';
import { HandledConfirmRepository } from './handled-confirm.repository';
import type { NotifiableConfirm } from './notifiable-confirm';

export interface ConfirmNotifierSettings {
  publicUrl: string;
  /** ORG_NAME. */
  instanceOrgName: string;
}

/** What became of one confirm. `repeat`: it was dealt with before; `gone`: the page, campaign or org is; `over`: accepted,
 *  rejected or expired already. */
export type ConfirmOutcome = 'requested' | 'repeat' | 'gone' | 'over' | 'nobody to ask';

interface Plan {
  outcome: ConfirmOutcome;
  mails: MailRequestV1[];
}

/**
 * Asks for the mails of a confirm: its row in notify.confirms and its outbox rows are one transaction, so each confirm is
 * dealt with once, however often and from however many replicas it is asked.
 */
export class ConfirmNotifier {
  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly outbox: OutboxRepository,
    private readonly relay: OutboxRelay,
    private readonly settings: ConfirmNotifierSettings,
  ) {}

  async notify(confirmId: number): Promise<{ outcome: ConfirmOutcome; mails: number }> {
    // The page or org may be younger than the last comparison.
    await this.catalogue.refresh();
    const sender = this.sender();
    const { plan, rows, isClaimed } = await this.database.transaction(async (manager) => {
      const planned = await this.plan(manager, confirmId, sender);
      const isNew = await new HandledConfirmRepository(manager).insertOnce(confirmId, planned.outcome);
      const mine: Plan = isNew ? planned : { outcome: 'repeat', mails: [] };
      const messages = mine.mails.map((mail) => mailRequestMessage(mail, sender.instanceOrg.id));
      const claimed = this.relay.hasRoom(messages);
      return { plan: mine, rows: await this.outbox.insert(manager, messages, claimed), isClaimed: claimed };
    });
    if (isClaimed && rows.length > 0) this.relay.offer(rows);
    return { outcome: plan.outcome, mails: rows.length };
  }

  private async plan(manager: EntityManager, confirmId: number, sender: MailSender): Promise<Plan> {
    const model = new ConfirmReadModel(manager);
    const confirm = await model.find(confirmId);
    const scene = confirm && confirmScene(this.catalogue, confirm);
    if (!confirm || !scene) return { outcome: 'gone', mails: [] };
    if (!confirm.isOpen) return { outcome: 'over', mails: [] };
    const deciders = scene.decidingOrgId === null ? [] : await model.ownersAndCampaigners(scene.decidingOrgId);
    const mails = confirmMails(confirm, scene, deciders, sender);
    return { outcome: mails.length > 0 ? 'requested' : 'nobody to ask', mails };
  }

  private sender(): MailSender {
    const { publicUrl, instanceOrgName } = this.settings;
    const instanceOrg = this.catalogue.orgByName(instanceOrgName);
    // The gateway makes it at its first boot: until then, or until ORG_NAME is right, confirms wait.
    if (!instanceOrg) throw new TransientError(`no instance org "${instanceOrgName}"`);
    return { publicUrl, instanceOrg };
  }
}

/** A confirm the moderators' queue asks about has an id of another table, and no mail (processing.md §7.1). */
export const isAskedByMail = (operation: NotifiableConfirm['operation']): boolean => operation !== 'confirm_action';
