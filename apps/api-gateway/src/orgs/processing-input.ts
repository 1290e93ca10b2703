import { checkEmail } from '@groundswell/domain';
import type { Org } from '@groundswell/persistence';
import { InputAttributes, withoutUndefined } from '../catalogue-writing/input-attributes';
import type { ServiceName } from '../services/service-name';
import type { BackendPurpose } from './backend-choice';

/** Arguments of updateOrgProcessing beside the org's name. */
export type ProcessingInput = Partial<Record<BackendPurpose, ServiceName | null>> & {
  emailFrom?: string | null;
  supporterConfirm?: boolean | null;
  supporterConfirmTemplate?: string | null;
  doiThankYou?: boolean | null;
  customSupporterConfirm?: boolean | null;
  customActionConfirm?: boolean | null;
  customActionDeliver?: boolean | null;
  customEventDeliver?: boolean | null;
};

/** Columns other than the backends, checked. */
export function readProcessingInput(input: ProcessingInput): Partial<Org> {
  const attributes = new InputAttributes(input, false);
  const changes = {
    emailFrom: attributes.optionalText('emailFrom', checkEmail),
    supporterConfirm: attributes.orDefault('supporterConfirm', false),
    supporterConfirmTemplate: attributes.optionalText('supporterConfirmTemplate'),
    doiThankYou: attributes.orDefault('doiThankYou', false),
    customSupporterConfirm: attributes.orDefault('customSupporterConfirm', false),
    customActionConfirm: attributes.orDefault('customActionConfirm', false),
    customActionDeliver: attributes.orDefault('customActionDeliver', false),
    customEventDeliver: attributes.orDefault('customEventDeliver', false),
  };
  attributes.throwProblems();
  return withoutUndefined(changes);
}
