/** Why a campaign was not planned this time. `elsewhere`: another replica does. */
export type PlanningSkip = 'elsewhere' | 'database';
/** How planning a campaign ended. `shutdown`: cut short, since the lease was lost or the campaign may not send any more. */
export type PlanningStop = 'no_messages' | 'all_sent' | 'shutdown' | 'crashed';

/** Where planners report their turns (email-and-mtt.md §8.2). */
export interface PlanningWatch {
  planningStarted(campaignId: number): void;
  planningSkipped(campaignId: number, reason: PlanningSkip): void;
  planningStopped(campaignId: number, reason: PlanningStop, ms: number): void;
}

/** Of what is no campaign's schedule. */
export const noPlanningWatch: PlanningWatch = {
  planningStarted: () => undefined,
  planningSkipped: () => undefined,
  planningStopped: () => undefined,
};
