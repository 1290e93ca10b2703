export interface RankState {
  /** Accepted supporters with the same fingerprint in the same campaign, without this one. */
  acceptedOthers: number;
  /** The rank stored so far, null when never ranked. */
  rank: number | null;
  /** Whether the supporter was accepted before this step: its rank is then final. */
  wasAccepted: boolean;
}

/** 0 for the first supporter accepted in a campaign (processing.md 5.4). Provisional until the supporter is accepted. */
export const dupeRank = ({ acceptedOthers, rank, wasAccepted }: RankState): number =>
  wasAccepted && rank !== null ? rank : acceptedOthers;

export interface RepeatState {
  rank: number | null;
  /** One of the accepted others signed on the same action page. */
  samePage: boolean;
  withConsent: boolean;
  /** The step emits stage deliver. */
  delivers: boolean;
}

/** Whether the action becomes repeat instead of delivered. Shares of a duplicate stay delivered. */
export const isRepeat = ({ rank, samePage, withConsent, delivers }: RepeatState): boolean =>
  delivers && withConsent && samePage && rank !== null && rank > 0;
