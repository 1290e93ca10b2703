import { checkOrgName, contactSchemaCode, type ContactSchema } from '@groundswell/domain';
import type { Org } from '@groundswell/persistence';
import { InputAttributes, withoutUndefined } from '../catalogue-writing/input-attributes';

export interface OrgInput {
  name?: string | null;
  title?: string | null;
  contactSchema?: Uppercase<ContactSchema> | null;
  supporterConfirm?: boolean | null;
  supporterConfirmTemplate?: string | null;
  doiThankYou?: boolean | null;
  replyEnabled?: boolean | null;
  senderRewrite?: boolean | null;
  config?: Record<string, unknown> | null;
  highSecurity?: boolean | null;
}

/** Columns an input sets, checked. Null sets a flag to its default (graphql-api.md §1.6, §7.3). */
export function readOrgInput(input: OrgInput, isNew: boolean): Partial<Org> {
  const attributes = new InputAttributes(input, isNew);
  const contactSchema = attributes.orDefault('contactSchema', 'BASIC');
  const changes = {
    name: attributes.requiredText('name', checkOrgName),
    title: attributes.requiredText('title'),
    contactSchema: contactSchema && contactSchemaCode(contactSchema.toLowerCase() as ContactSchema),
    supporterConfirm: attributes.orDefault('supporterConfirm', false),
    supporterConfirmTemplate: attributes.optionalText('supporterConfirmTemplate'),
    doiThankYou: attributes.orDefault('doiThankYou', false),
    replyEnabled: attributes.orDefault('replyEnabled', true),
    senderRewrite: attributes.orDefault('senderRewrite', true),
    config: attributes.config('config'),
    highSecurity: attributes.orDefault('highSecurity', false),
  };
  attributes.throwProblems();
  return withoutUndefined(changes);
}
