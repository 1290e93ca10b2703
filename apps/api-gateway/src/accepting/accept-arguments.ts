import type { ActionSubmissionInput, ContactSubmissionInput, LinkSubmissionInput } from '@groundswell/submissions';

interface OnPage {
  actionPageId: number;
}

/** Names the follow-up item that the action answers, by its token. */
interface AnswersFollowUp {
  action: { followUp?: string | null; attachments?: readonly string[] | null };
}

export type AddActionContactArguments = OnPage & ContactSubmissionInput & AnswersFollowUp;
export type AddActionArguments = OnPage & ActionSubmissionInput & AnswersFollowUp;
export type LinkActionsArguments = OnPage & LinkSubmissionInput;

/** GraphQL type `ContactReference`. */
export interface ContactReference {
  contactRef: string;
  firstName: string | null;
}
