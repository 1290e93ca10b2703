import type { TargetMailV1 } from '@groundswell/contracts';
import type { DeliveryDraft } from '../deliveries/delivery';

/** What the row of a mail to a target holds, beside its columns, until the mail is out. */
export type TargetMailContent = Pick<
  TargetMailV1,
  'testing' | 'target' | 'supporter' | 'cc' | 'subject' | 'body' | 'files'
> &
  /** Not in rows of an older release. */
  Partial<Pick<TargetMailV1, 'messageId'>>;

/** A mail to a target somebody asked for, before it has a row. */
export interface TargetDraft {
  delivery: DeliveryDraft;
  content: TargetMailContent;
  messageId: number;
  attempt: number;
  isTest: boolean;
  targetId: string;
  targetEmailId: number | null;
}

/** Errors of rows that mean: never to be sent, and nobody's fault. */
export const cancelledReasons = { erased: 'erased', empty: 'empty' } as const;
