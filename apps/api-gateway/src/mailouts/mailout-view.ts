import type { CountedState, MailoutRow } from './mailout.read-model';

/** A mailout as the API shows it. */
export const viewMailout = (row: MailoutRow) => {
  const { actionType, area, language, since, candidates, handedOver, leftOut, awaitingOptIn, state, ...rest } = row;
  return {
    ...rest,
    state: state.toUpperCase(),
    segment: { actionType, area, language, since },
    counts: { candidates, handedOver, leftOut, awaitingOptIn },
  };
};
export type MailoutView = ReturnType<typeof viewMailout>;

export const viewCount = ({ state, ...row }: CountedState) => ({ ...row, state: state.toUpperCase() });
