import type { MttSchedule } from '@groundswell/domain';

/** A campaign that writes to targets, and may do so at this moment. */
export interface PacedCampaign extends MttSchedule {
  campaignId: number;
  /** The lead: its email backend sends. */
  orgId: number;
  isDrip: boolean;
  maxPerTargetPerDay: number;
  maxEmailsPerHour: number | null;
  messageTemplate: string | null;
  testEmail: string | null;
  ccContacts: string[];
  ccSender: boolean;
}
