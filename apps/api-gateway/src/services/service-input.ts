import { invalidError, isStorableText, parseSmtpHost, smtpHostError } from '@groundswell/domain';
import type { Service } from '@groundswell/persistence';
import { InputAttributes, withoutUndefined } from '../catalogue-writing/input-attributes';
import type { ServiceName } from './service-name';

export interface ServiceInput {
  name: ServiceName;
  host?: string | null;
  user?: string | null;
  password?: string | null;
  path?: string | null;
  sendingFrom?: string | null;
  transactionalEmailBudget?: number | null;
}

/** Of an SMTP service, which reads more out of its host than others do. */
const smtpHost = (text: string): string | null => (parseSmtpHost(text) ? null : smtpHostError);
const notNegative = (value: number): string | null => (value >= 0 ? null : invalidError);

/** Columns an input sets; `password` still in clear, empty when it is cleared. */
export function readServiceInput(input: ServiceInput): Partial<Service> {
  const attributes = new InputAttributes(input, false);
  // SYSTEM only points at the instance org's service (graphql-api.md §7.2).
  if (input.name === 'SYSTEM') attributes.refuse(['name'], invalidError);
  if (input.password && !isStorableText(input.password)) attributes.refuse(['password'], invalidError);
  const host = attributes.optionalText('host', input.name === 'SMTP' ? smtpHost : undefined);
  const user = attributes.optionalText('user');
  const columns = {
    host: host === null ? '' : host,
    user: user === null ? '' : user,
    password: input.password === null ? '' : input.password,
    path: attributes.optionalText('path'),
    sendingFrom: attributes.optionalText('sendingFrom'),
    transactionalEmailBudget: attributes.number('transactionalEmailBudget', notNegative),
  };
  attributes.throwProblems();
  return withoutUndefined(columns);
}
