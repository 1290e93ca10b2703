import type { ActionStatus, SupporterStatus } from '@groundswell/domain';
import { isRequeueSelected, requeueStage } from './requeue-stage';

const actions: ActionStatus[] = ['new', 'confirming', 'rejected', 'accepted', 'delivered', 'repeat'];
const supporters: SupporterStatus[] = ['new', 'confirming', 'rejected', 'accepted'];
const staged: Record<string, string> = {
  'delivered accepted': 'deliver',
  'repeat accepted': 'deliver',
  'new confirming': 'supporter_confirm',
  'confirming accepted': 'action_confirm',
};
const selected = new Set([
  'new confirming',
  'new accepted',
  'confirming confirming',
  'confirming accepted',
  'delivered confirming',
  'delivered accepted',
  'repeat confirming',
  'repeat accepted',
]);

describe('the stage that is sent again', () => {
  it.each(actions.flatMap((action) => supporters.map((supporter) => [action, supporter] as const)))(
    'of an action that is %s by a supporter who is %s',
    (action, supporter) => {
      const pair = `${action} ${supporter}`;
      expect(requeueStage(action, supporter)).toBe(staged[pair] ?? null);
      expect(isRequeueSelected(action, supporter)).toBe(selected.has(pair));
    },
  );
});
