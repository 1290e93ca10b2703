import type { TargetRecord } from './target.read-model';

/** A target as a caller sees it; addresses have a resolver of their own. */
export interface TargetView extends TargetRecord {
  __typename: 'PublicTarget' | 'PrivateTarget';
}

export const viewTarget = (target: TargetRecord, isPrivate: boolean): TargetView => ({
  ...target,
  __typename: isPrivate ? 'PrivateTarget' : 'PublicTarget',
});
