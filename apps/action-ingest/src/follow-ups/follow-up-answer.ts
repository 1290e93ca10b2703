/** An action that answers a follow-up item. */
export interface FollowUpAnswer {
  itemId: number;
  actionId: number;
  /** Collector and campaign of the action: only an item of that org or of the campaign's lead is answered. */
  orgId: number;
  campaignId: number;
}
