export interface Address {
  email: string;
  name?: string | null;
}

export interface Attachment {
  name: string;
  /** MIME type, e.g. `image/png`. */
  type: string;
  content: Buffer;
  /** Where set, an inline part that the html names by `cid:<contentId>`. */
  contentId?: string;
}

/** One mail, rendered; or named by the provider's own template. */
export interface OutgoingMail {
  /** `type:id` of email-and-mtt.md §1.4. */
  customId: string;
  /** Row of mail.deliveries: stands in the message, so that what the provider tells of it later finds its row. */
  deliveryId: number;
  /** Unique for this delivery, kept for ever: for Message-ID and idempotency where a provider has it. */
  purpose: string;
  from: Address;
  replyTo?: string | null;
  to: Address;
  cc?: string[];
  subject: string;
  html: string | null;
  text: string | null;
  /** Provider's template instead of html and text, with flattened variables. */
  template?: { ref: string; variables: Record<string, unknown> };
  attachments?: Attachment[];
  /** Extra headers, e.g. List-Unsubscribe. */
  headers?: Record<string, string>;
}

export type SendResult =
  | { outcome: 'sent'; providerMessageId: string | null }
  /** Useless to retry: this mail only. `bounced` where the provider says that the recipient's address is dead. */
  | { outcome: 'refused'; error: string; bounced?: boolean }
  /** Certainly not sent: worth a retry, not before `retryAfterMs` where the provider says so. */
  | {
      outcome: 'retry';
      error: string;
      retryAfterMs?: number;
      /** The account, not the mail (401, 403): pause the service. */
      account?: boolean;
    }
  /** The call was made and nobody knows: never resent blindly. */
  | { outcome: 'unknown'; error: string };

/** A row of catalog.services with its secret opened. */
export interface MailAccount {
  id: number;
  name: string;
  host: string;
  user: string;
  password: string;
  path: string;
  sendingFrom: string | null;
}

export interface MailProvider {
  readonly kind: 'smtp' | 'ses' | 'preview' | 'mailjet' | 'brevo' | 'mailgun' | 'hubspot';
  /** Mails per call. */
  readonly batchSize: number;
  /** Calls beyond which more at once would only wait for one another; absent where there is no such number. */
  readonly usefulCalls?: number;
  /** One result per mail, in order. Never throws for what a provider answers or the network does. */
  send(mails: readonly OutgoingMail[]): Promise<SendResult[]>;
  /** Remote templates by name; absent where the provider cannot list them. */
  listTemplates?(): Promise<{ ref: string; name: string }[]>;
  close(): Promise<void>;
}

export interface ProviderSettings {
  /** To reach the provider: name and connection; then again for each step of setting up, such as TLS and login. 5 000 by
   *  default. */
  connectTimeoutMs: number;
  /** For an answer, once connected. 30 000 by default. */
  timeoutMs: number;
  /** Whether private and loopback addresses may be called: tests and development. */
  allowPrivate?: boolean;
  /** Instead of the provider's own address: tests. */
  apiUrl?: string;
  /** SMTP: certificates (PEM) to trust besides the system's own: tests, or a mail server of a private CA. */
  trustedCa?: string;
}
