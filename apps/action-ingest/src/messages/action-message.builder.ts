import type { Catalogue, CatalogueCampaign, CatalogueOrg, CataloguePage } from '@groundswell/persistence';
import type { ActionMessageV1, ActionMessageV2 } from '@groundswell/contracts';
import {
  contactSchemaFromCode,
  donationFrequencyFromCode,
  donationSchemaFromCode,
  type Stage,
} from '@groundswell/domain';
import type { ActionState, ContactState, SupporterState } from '../storing/batch-state';
import { isoSeconds } from './iso-seconds';

/** Rows of the catalogue that a message about this action names. */
export interface ActionSurroundings {
  page: CataloguePage;
  campaign: CatalogueCampaign;
  /** Owner of the page. */
  collector: CatalogueOrg;
}

export interface StageMessage {
  stage: Stage;
  action: ActionState;
  supporter: SupporterState;
  /** The recipient's record; null when the recipient has none (processing.md §3.1, last row). */
  contact: ContactState | null;
  confirm?: { code: string; acceptLink: string; rejectLink: string };
}

/** Builds the messages of processing.md §6.1 and §6.2: one body per recipient, in that org's schema version. */
export class ActionMessageBuilder {
  private readonly publicKeys = new Map<number, string>();

  constructor(private readonly catalogue: Catalogue) {}

  /** JSON text and schema for `recipient`. */
  build(message: StageMessage, recipient: CatalogueOrg, around: ActionSurroundings): { body: string; schema: string } {
    const built = recipient.actionSchemaVersion === 1 ? this.version1(message, around) : this.version2(message, around);
    return { body: JSON.stringify(built), schema: built.schema };
  }

  /** `contact` of version 2 and of events: clear fields, overwritten by all payload keys of a plaintext record. */
  contactOf(supporter: SupporterState, contact: ContactState | null): ActionMessageV2['contact'] {
    const clear = {
      firstName: supporter.firstName,
      email: supporter.email,
      contactRef: supporter.ref,
      dupeRank: supporter.rank,
      area: supporter.area,
    };
    if (!contact || contact.nonce) return clear;
    return { ...clear, ...(JSON.parse(contact.payload.toString('utf8')) as Record<string, unknown>) };
  }

  personalInfoOf(contact: ContactState | null): ActionMessageV2['personalInfo'] {
    if (!contact?.nonce || contact.encryptKeyId === null || contact.signKeyId === null) return null;
    return {
      payload: contact.encoded?.payload ?? contact.payload.toString('base64url'),
      nonce: contact.encoded?.nonce ?? contact.nonce.toString('base64url'),
      encryptKey: { id: contact.encryptKeyId, public: this.publicKey(contact.encryptKeyId) },
      signKey: { id: contact.signKeyId, public: this.publicKey(contact.signKeyId) },
    };
  }

  privacyOf(supporter: SupporterState, contact: ContactState | null, withConsent: boolean): ActionMessageV2['privacy'] {
    const status = {
      emailStatus: supporter.emailStatus === 'none' ? null : supporter.emailStatus,
      emailStatusChanged: supporter.emailStatusChangedAt && isoSeconds(supporter.emailStatusChangedAt),
    };
    if (!contact) return { ...status, withConsent: false };
    return {
      optIn: contact.communicationConsent,
      givenAt: isoSeconds(contact.givenAt),
      ...status,
      withConsent,
    };
  }

  private version2(
    { stage, action, supporter, contact, confirm }: StageMessage,
    around: ActionSurroundings,
  ): ActionMessageV2 {
    return {
      schema: 'proca:action:2',
      stage,
      actionId: action.id,
      actionPageId: action.pageId,
      campaignId: action.campaignId,
      orgId: around.collector.id,
      action: {
        actionType: action.actionType,
        customFields: action.fields,
        createdAt: isoSeconds(action.acceptedAt),
        testing: action.testing,
        repeat: action.status === 'repeat',
        ...donationOf(action),
      },
      actionPage: pageOf(around),
      campaign: campaignOf(around.campaign),
      org: { name: around.collector.name, title: around.collector.title },
      contact: this.contactOf(supporter, contact),
      personalInfo: this.personalInfoOf(contact),
      privacy: this.privacyOf(supporter, contact, action.withConsent),
      tracking: action.source,
      ...(confirm && { confirm }),
    };
  }

  private version1(message: StageMessage, around: ActionSurroundings): ActionMessageV1 {
    const { action, supporter, contact } = message;
    const { personalInfo: _, ...shared } = this.version2(message, around);
    const { customFields, ...rest } = shared.action;
    const { supporterConfirmTemplate: _template, ...actionPage } = shared.actionPage;
    const { contactSchema: _schema, ...campaign } = shared.campaign;
    return {
      ...shared,
      schema: 'proca:action:1',
      action: { ...rest, fields: customFields },
      actionPage,
      campaign,
      contact: this.contactVersion1(supporter, contact),
      privacy:
        action.withConsent && contact
          ? { communication: contact.communicationConsent, givenAt: isoSeconds(contact.givenAt) }
          : null,
    };
  }

  private contactVersion1(supporter: SupporterState, contact: ContactState | null): ActionMessageV1['contact'] {
    const clear = { ref: supporter.ref, firstName: supporter.firstName, email: supporter.email };
    const encrypted = this.personalInfoOf(contact);
    if (encrypted) {
      return {
        ...clear,
        payload: encrypted.payload,
        nonce: encrypted.nonce,
        publicKey: encrypted.encryptKey.public,
        signKey: encrypted.signKey.public,
      };
    }
    return { ...clear, area: supporter.area, payload: contact?.payload.toString('utf8') ?? '' };
  }

  private publicKey(keyId: number): string {
    let text = this.publicKeys.get(keyId);
    if (text === undefined) {
      const key = this.catalogue.keys.get(keyId);
      if (!key) throw new Error(`public key ${keyId} is not in the catalogue`);
      text = key.public.toString('base64url');
      this.publicKeys.set(keyId, text);
    }
    return text;
  }
}

export const pageOf = ({ page, campaign, collector }: ActionSurroundings): ActionMessageV2['actionPage'] => ({
  locale: page.locale,
  name: page.name,
  thankYouTemplate: page.thankYouTemplate,
  thankYouTemplateRef: null,
  supporterConfirmTemplate:
    page.supporterConfirmTemplate ?? campaign.supporterConfirmTemplate ?? collector.supporterConfirmTemplate,
});

export const campaignOf = (campaign: CatalogueCampaign): ActionMessageV2['campaign'] => ({
  name: campaign.name,
  title: campaign.title,
  externalId: campaign.externalId,
  contactSchema: contactSchemaFromCode(campaign.contactSchema),
});

function donationOf({ donation }: ActionState): Pick<ActionMessageV2['action'], 'donation'> {
  if (!donation) return {};
  return {
    donation: {
      payload: donation.payload,
      amount: donation.amount,
      currency: donation.currency,
      frequencyUnit: donationFrequencyFromCode(donation.frequencyUnit),
      ...(donation.schema !== null && { schema: donationSchemaFromCode(donation.schema) }),
    },
  };
}
