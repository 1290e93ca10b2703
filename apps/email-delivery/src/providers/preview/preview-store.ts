import type { OutgoingMail } from '../mail-provider';

/** A mail as it would have gone over the wire. */
export interface PreviewSource {
  /** Without its angle brackets. */
  messageId: string;
  /** MIME. */
  source: string;
}

/** Where mails of the preview backend are kept for /mailbox. */
export interface PreviewStore {
  /** The same message id twice is one mail. */
  keep(mail: OutgoingMail, preview: PreviewSource): Promise<void>;
}
