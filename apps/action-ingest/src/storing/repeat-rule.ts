import { isDeepStrictEqual } from 'node:util';
import { fieldsDigest } from '../details/fields-digest';
import type { ActionState, SupporterState } from './batch-state';
import type { RecentSignature } from './loaded-batch';

/** A repeat of equal content within this time mails nothing (design.md §3, "Twice"). */
export const repeatWithinMs = 10 * 60_000;
/** One still unconfirmed gets the confirm mail again, this often at most. */
export const confirmAgainAfterMs = 2 * 60_000;

/** Says which signatures repeat one of the same person on the same page with equal content, so that nobody is mailed for
 *  a double click. Times are accept times. */
export class RepeatRule {
  private readonly seen: RecentSignature[];

  constructor(recent: readonly RecentSignature[]) {
    this.seen = [...recent];
  }

  /** Notes the signature; true when no mail may follow from it. */
  isUnmailed(supporter: SupporterState, action: ActionState): boolean {
    const at = action.acceptedAt.getTime();
    const earlier = this.seen.filter(
      (other) =>
        other.ref === supporter.ref &&
        other.pageId === action.pageId &&
        other.actionType === action.actionType &&
        Math.abs(at - other.acceptedAt.getTime()) <= repeatWithinMs &&
        isOfEqualContent(other, action),
    );
    const lastMailedAt = Math.max(
      ...earlier.filter(({ noMail }) => !noMail).map((other) => other.acceptedAt.getTime()),
    );
    const isWaiting = earlier.some(({ isUnconfirmed }) => isUnconfirmed);
    const noMail = earlier.length > 0 && !(isWaiting && at - lastMailedAt >= confirmAgainAfterMs);
    this.seen.push({
      ref: supporter.ref,
      pageId: action.pageId,
      actionType: action.actionType,
      fields: action.fields,
      acceptedAt: action.acceptedAt,
      isUnconfirmed: isWaiting,
      noMail,
      submittedDigest: null,
    });
    return noMail;
  }
}

const isOfEqualContent = ({ submittedDigest, fields }: RecentSignature, action: ActionState): boolean =>
  submittedDigest ? submittedDigest.equals(fieldsDigest(action.fields)) : isDeepStrictEqual(fields, action.fields);
