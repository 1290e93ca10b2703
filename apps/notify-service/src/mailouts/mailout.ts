export type MailoutState = 'draft' | 'building' | 'sending' | 'paused' | 'stopped' | 'complete';

/** Whom a mailout is for, of a campaign's supporters; null: all. */
export interface MailoutSegment {
  actionType: string | null;
  area: string | null;
  language: string | null;
  since: Date | null;
}

export interface Mailout extends MailoutSegment {
  id: number;
  orgId: number;
  campaignId: number;
  template: string;
  state: MailoutState;
  /** Where building goes on, downwards; null before the first start. */
  nextSupporterId: number | null;
  /** How often building began: after a pause it begins again. */
  starts: number;
  parts: number;
  /** Recipients handed over so far. */
  handedOver: number;
  isBuilt: boolean;
  tests: number;
}

/** A person as an org's mailout sees them: never kept, only handed on. */
export interface Candidate {
  supporterId: number;
  ref: Buffer;
  pageId: number;
  firstName: string | null;
  /** Null where the instance does not know it. */
  email: string | null;
  area: string | null;
  acceptedAt: Date;
  hasConsent: boolean;
  /** Code of processing.md §1.1: the newest the org knows of this person. */
  emailStatus: number;
  isErased: boolean;
  /** The first with consent, by which they came; null for who only tested. */
  actionId: number | null;
  testActionId: number | null;
  actionTypes: string[] | null;
}

/** Purposes of mailings: one of these begins each of a mailout, so that email-delivery knows whose it is. */
export const mailoutMailing = (mailoutId: number): string => `mailout:${mailoutId}`;
export const testMailing = (mailoutId: number, test: number): string => `mailout:${mailoutId}:test:${test}`;
/** `first`: id of the first message released with it. */
export const releasedMailing = (mailoutId: number, first: number): string => `mailout:${mailoutId}:opted-in:${first}`;
export const optInMailing = (orgId: number, jobId: number, step: number): string => `opt-in:${orgId}:${jobId}:${step}`;

/** Recipients of one test, looked for among the newest supporters. */
export const testRecipients = 20;
export const testedAmong = 5_000;
export const testsAtMost = 100;
