import { z } from 'zod';
import { mailRequestV1, targetMailV1, type MailRequestV1, type TargetMailV1 } from '@groundswell/contracts';
import type { Contract } from '@groundswell/messaging';

/** A mail a service of ours asks for: about an account or a confirm, or to a target. */
export type RequestedMail = MailRequestV1 | TargetMailV1;

const named = z.looseObject({ schema: z.string() });

export const requestedMail: Contract<RequestedMail> = {
  parse: (value) =>
    named.parse(value).schema === targetMailV1.shape.schema.value
      ? targetMailV1.parse(value)
      : mailRequestV1.parse(value),
};

export const isTargetMail = (mail: RequestedMail): mail is TargetMailV1 =>
  mail.schema === targetMailV1.shape.schema.value;
