import { emailEventV1, mailOutcomeV1, type EmailEventV1, type MailOutcomeV1 } from '@groundswell/contracts';

/** Bodies of outbox rows, checked against their contracts. */
export const commandOf = ({ body }: { body: string }): EmailEventV1 => emailEventV1.parse(JSON.parse(body));
export const outcomeOf = ({ body }: { body: string }): MailOutcomeV1 => mailOutcomeV1.parse(JSON.parse(body));
