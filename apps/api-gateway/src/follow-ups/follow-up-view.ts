import { encodeRef } from '@groundswell/crypto';
import type { FollowUpRow } from './follow-up.read-model';
import type { FollowUpTokens } from './follow-up-tokens';

/** An item as the API shows it. */
export const viewFollowUp = ({ kind, state, fingerprint, userId, email, ...row }: FollowUpRow, tokens: Tokens) => ({
  ...row,
  kind: kind.toUpperCase(),
  state: state.toUpperCase(),
  contactRef: fingerprint && encodeRef(fingerprint),
  assignee: email === null ? null : { userId, email },
  token: kind === 'moderation' ? null : tokens.seal(row.id),
});
type Tokens = Pick<FollowUpTokens, 'seal'>;

export type FollowUpView = ReturnType<typeof viewFollowUp>;
