import {
  campaignStatusCode,
  checkCampaignName,
  checkExternalId,
  contactSchemaCode,
  type CampaignStatus,
  type ContactSchema,
} from '@groundswell/domain';
import type { Campaign } from '@groundswell/persistence';
import type { InputProblem } from '../api/api-error';
import { InputAttributes, withoutUndefined } from '../catalogue-writing/input-attributes';
import type { PageInput } from '../pages/page-input';
import { readFieldList } from './field-list';
import type { MttInput } from './mtt-input';

export interface CampaignInput {
  name?: string | null;
  externalId?: number | null;
  title?: string | null;
  contactSchema?: Uppercase<ContactSchema> | null;
  status?: Uppercase<CampaignStatus> | null;
  config?: Record<string, unknown> | null;
  start?: string | null;
  end?: string | null;
  actionPages?: PageInput[] | null;
  mtt?: MttInput | null;
  supporterConfirm?: boolean | null;
  supporterConfirmTemplate?: string | null;
  actionConfirm?: boolean | null;
  forceDelivery?: boolean | null;
  publicActions?: string[] | null;
  transientActions?: string[] | null;
}

/** Of three states each: null follows the org. */
export type CampaignProcessingInput = Pick<
  CampaignInput,
  'supporterConfirm' | 'supporterConfirmTemplate' | 'actionConfirm'
>;

/** What a campaign has before the change; what a new one starts from. */
export interface CampaignBefore {
  startDate: string | null;
  endDate: string | null;
  /** Set when `contactSchema` is cleared: the org's. */
  contactSchema: number;
}

/** Columns an input sets, and what is wrong with it. */
export function readCampaignInput(
  input: CampaignInput,
  isNew: boolean,
  before: CampaignBefore,
): { columns: Partial<Campaign>; problems: InputProblem[] } {
  const attributes = new InputAttributes(input, isNew);
  const schema = attributes.given('contactSchema');
  const status = attributes.orDefault('status', 'LIVE');
  const columns = withoutUndefined({
    name: attributes.requiredText('name', checkCampaignName),
    title: attributes.requiredText('title'),
    externalId: attributes.number('externalId', checkExternalId),
    contactSchema:
      schema === null ? before.contactSchema : schema && contactSchemaCode(schema.toLowerCase() as ContactSchema),
    status: status && campaignStatusCode(status.toLowerCase() as CampaignStatus),
    config: attributes.config('config'),
    startDate: attributes.given('start'),
    endDate: attributes.given('end'),
    supporterConfirm: attributes.given('supporterConfirm'),
    supporterConfirmTemplate: attributes.optionalText('supporterConfirmTemplate'),
    actionConfirm: attributes.given('actionConfirm'),
    forceDelivery: attributes.orDefault('forceDelivery', false),
    publicActions: readFieldList(attributes, 'publicActions', input.publicActions),
    transientActions: readFieldList(attributes, 'transientActions', input.transientActions),
  });
  const { startDate, endDate } = { ...before, ...columns };
  // Days as YYYY-MM-DD compare as text.
  if (startDate && endDate && endDate <= startDate) attributes.refuse(['end'], 'must be after start');
  return { columns, problems: attributes.problems };
}
