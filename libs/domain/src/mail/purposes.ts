/** `confirm_again` is asked of a repeat, and is another mail than the confirm of the same action. */
export type SupporterMailKind = 'thank_you' | 'duplicate' | 'confirm' | 'confirm_again' | 'reminder';

export interface SupporterMailPurpose {
  kind: SupporterMailKind;
  actionId: number;
  /** From 1, of reminders. */
  reminder?: number | null;
  /** From 1, when a person asked for the mail again. */
  requeue?: number | null;
}

/** Mail requests come with a purpose of their own; beginning like one of these, it would pass for another mail. */
const ownPrefixes = ['supporter:', 'mtt:', 'mtt-test:', 'mailing:', 'request:'];

const numbered = (letter: string, number: number | null | undefined): string =>
  number == null ? '' : `:${letter}${number}`;

/** What a mail is for (email-and-mtt.md 1.3): one purpose is mailed once. Stays when personal data goes, so holds none. */
export const supporterMailPurpose = ({ kind, actionId, reminder, requeue }: SupporterMailPurpose): string =>
  `supporter:${kind}:${actionId}${numbered('n', reminder)}${numbered('r', requeue)}`;

export const mttPurpose = ({
  targetId,
  contactRef,
  requeue,
}: {
  targetId: string;
  contactRef: string;
  requeue?: number | null;
}): string => `mtt:${encodeURIComponent(targetId)}:${encodeURIComponent(contactRef)}${numbered('r', requeue)}`;

export const mttTestPurpose = ({ messageId, requeue }: { messageId: number; requeue?: number | null }): string =>
  `mtt-test:${messageId}${numbered('r', requeue)}`;

/** One contact gets one mailing once. */
export const mailingPurpose = ({ mailing, contactRef }: { mailing: string; contactRef: string }): string =>
  `mailing:${encodeURIComponent(mailing)}:${encodeURIComponent(contactRef)}`;

/** As it came, but never equal to a purpose made here. */
export const mailRequestPurpose = (purpose: string): string =>
  ownPrefixes.some((prefix) => purpose.startsWith(prefix)) ? `request:${purpose}` : purpose;
