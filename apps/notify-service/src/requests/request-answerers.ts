import type { MailoutSegmentV1, NotifyServiceRequestV1 } from '@groundswell/contracts';
import type { RequestAnswerers } from '@groundswell/service';
import type { MailoutSegment } from '../mailouts/mailout';
import type { MailoutRequests } from '../mailouts/mailout-requests';
import type { RuleRequests } from '../rules/rule-requests';

export type NotifyAnswerers = RequestAnswerers<NotifyServiceRequestV1>;

export interface AnsweringParts {
  mailouts: MailoutRequests;
  rules: RuleRequests;
}

/** One for each kind of request. */
export const answerersFor = ({ mailouts, rules }: AnsweringParts): NotifyAnswerers => ({
  add_mailout: (manager, { segment, ...draft }) => mailouts.add(manager, { ...draft, ...segmentOf(segment) }),
  start_mailout: (manager, request) => mailouts.start(manager, request),
  pause_mailout: (manager, request) => mailouts.pause(manager, request),
  stop_mailout: (manager, request) => mailouts.stop(manager, request),
  test_mailout: (manager, request) => mailouts.test(manager, request),
  add_rule: (manager, request) => rules.add(manager, request),
  update_rule: (manager, { orgId, ruleId, changes }) => rules.update(manager, { orgId, ruleId, changes }),
  delete_rule: (manager, request) => rules.remove(manager, request),
});

const segmentOf = ({ since, ...segment }: MailoutSegmentV1): MailoutSegment => ({
  ...segment,
  since: since === null ? null : new Date(since),
});
