import type { Stage } from '../processing/status';
import type { TrackingSource } from '../tracking/tracking-source';

interface SharedMessage {
  stage: Stage;
  actionId: number;
  /** The collector. */
  orgId: number;
  actionPage: { name: string; locale: string };
  campaign: { name: string; title: string };
  org: { name: string; title: string };
  tracking: TrackingSource | null;
}

interface SharedAction {
  actionType: string;
  createdAt: string;
  testing: boolean;
  repeat?: boolean;
}

/** What supporter mails need of an action message version 2 (processing.md 6.1). */
export interface MailMessageV2 extends SharedMessage {
  schema: 'proca:action:2';
  action: SharedAction & { customFields: Record<string, unknown> };
  contact: {
    firstName: string | null;
    email: string | null;
    contactRef: string;
    dupeRank: number | null;
    area: string | null;
    lastName?: unknown;
  };
  personalInfo: object | null;
  privacy: {
    optIn?: boolean | null;
    givenAt?: string;
    emailStatus: string | null;
    emailStatusChanged: string | null;
    withConsent: boolean;
  };
}

/** The same of version 1 (processing.md 6.2). */
export interface MailMessageV1 extends SharedMessage {
  schema: 'proca:action:1';
  action: SharedAction & { fields: Record<string, unknown> };
  contact: { ref: string; firstName: string | null; email: string | null; area?: string | null };
  privacy: { communication: boolean | null; givenAt: string } | null;
}

export type MailMessage = MailMessageV1 | MailMessageV2;
