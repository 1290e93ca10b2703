import type { Stage } from '../processing/status';
import type { MailMessage } from './mail-message';
import type { SupporterMailKind } from './purposes';

/** What the message says. */
export interface MessageMailFacts {
  stage: Stage;
  isRepeat: boolean;
  withConsent: boolean;
  hasEmail: boolean;
  hasContactRecord: boolean;
  /** Communication consent of the contact record; null: not asked. */
  hasOptedIn: boolean | null;
}

export interface SupporterMailFacts extends MessageMailFacts {
  /** The org this copy of the message is for owns the page. */
  isCollector: boolean;
  /** Header no_mail: an equal repeat, decided by action-ingest. */
  isUnmailed: boolean;
  /** Settings of the collector. */
  org: { hasEmailBackend: boolean; emailFrom: string | null; doiThankYou: boolean };
  templates: {
    thankYou: string | null;
    duplicate: string | null;
    confirm: { page: string | null; campaign: string | null; org: string | null };
  };
}

export type NoMailReason =
  | 'not the collector'
  | 'equal repeat'
  | 'no consent'
  | 'no email'
  | 'no email backend'
  | 'no email_from'
  | 'no mail at this stage'
  | 'no confirm template'
  | 'no thank-you template'
  | 'no contact record'
  | 'no communication consent';

export type SupporterMailDecision =
  /** `kind` is the one of the purpose. */
  | { mail: 'thank_you' | 'duplicate' | 'confirm'; kind: SupporterMailKind; template: string }
  | { mail: null; reason: NoMailReason };

const none = (reason: NoMailReason): SupporterMailDecision => ({ mail: null, reason });

/** The one mail a stage of an action brings its supporter (email-and-mtt.md 3.1, processing.md 5.7). Testing actions
 *  are mailed as others. */
export function decideSupporterMail(facts: SupporterMailFacts): SupporterMailDecision {
  const obstacle = obstacleOf(facts);
  if (obstacle) return none(obstacle);
  const { page, campaign, org } = facts.templates.confirm;
  const confirm = page || campaign || org;
  switch (facts.stage) {
    case 'action_confirm':
      return none('no mail at this stage');
    case 'supporter_confirm':
      return confirm ? { mail: 'confirm', kind: 'confirm', template: confirm } : none('no confirm template');
    case 'deliver':
      return decideDelivered(facts, confirm);
  }
}

function obstacleOf({ isCollector, isUnmailed, withConsent, hasEmail, org }: SupporterMailFacts): NoMailReason | null {
  if (!isCollector) return 'not the collector';
  if (isUnmailed) return 'equal repeat';
  if (!withConsent) return 'no consent';
  if (!hasEmail) return 'no email';
  if (!org.hasEmailBackend) return 'no email backend';
  return org.emailFrom ? null : 'no email_from';
}

function decideDelivered(facts: SupporterMailFacts, confirm: string | null): SupporterMailDecision {
  const { duplicate, thankYou } = facts.templates;
  if (facts.isRepeat && duplicate) return { mail: 'duplicate', kind: 'duplicate', template: duplicate };
  if (facts.isRepeat && confirm) return { mail: 'confirm', kind: 'confirm_again', template: confirm };
  if (!thankYou) return none('no thank-you template');
  if (!facts.hasContactRecord) return none('no contact record');
  if (facts.org.doiThankYou && facts.hasOptedIn !== true) return none('no communication consent');
  return { mail: 'thank_you', kind: 'thank_you', template: thankYou };
}

/** Version 1 tells of consent only beside a contact record; only actions with consent are asked to confirm or repeat. */
export function messageMailFacts(message: MailMessage): MessageMailFacts {
  const { stage, action, contact, privacy } = message;
  const shared = { stage, isRepeat: action.repeat === true, hasEmail: Boolean(contact.email) };
  if (message.schema === 'proca:action:2') {
    const { withConsent, optIn, givenAt } = message.privacy;
    return { ...shared, withConsent, hasContactRecord: givenAt !== undefined, hasOptedIn: optIn ?? null };
  }
  return {
    ...shared,
    withConsent: privacy !== null || stage === 'supporter_confirm' || shared.isRepeat,
    hasContactRecord: privacy !== null,
    hasOptedIn: message.privacy?.communication ?? null,
  };
}
