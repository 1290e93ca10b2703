import { effectiveProcessing } from './effective-processing';
import { nextStep, type Step } from './next-step';
import type { ActionStatus, SupporterStatus } from './status';

const actions: ActionStatus[] = ['new', 'confirming', 'rejected', 'accepted', 'delivered', 'repeat'];
const supporters: (SupporterStatus | null)[] = [null, 'new', 'confirming', 'accepted', 'rejected'];
const bools = [true, false];

const step = (action: ActionStatus, supporter: SupporterStatus, stage: Step['stage']): Step => ({
  action,
  supporter,
  stage,
});
const askSupporter = step('new', 'confirming', 'supporter_confirm');
const moderate = step('confirming', 'accepted', 'action_confirm');
const deliver = step('delivered', 'accepted', 'deliver');
const reject = step('rejected', 'rejected', null);

/** Cells of the table by "action supporter withConsent supporterConfirm actionConfirm"; `*` is either. Others: nothing. */
const cells: [string, Step][] = [
  ['new new true true *', askSupporter],
  ['new new true false true', moderate],
  ['new new true false false', deliver],
  ['new accepted true * true', moderate],
  ['new accepted true * false', deliver],
  ['new accepted false * *', deliver],
  ['new rejected * * *', reject],
  ['confirming rejected * * *', reject],
  ['accepted accepted * * *', deliver],
  ['accepted rejected * * *', reject],
];

function expected(state: string): Step | null {
  const words = state.split(' ');
  const cell = cells.find(([key]) => key.split(' ').every((word, i) => word === '*' || word === words[i]));
  return cell?.[1] ?? null;
}

const combinations = actions.flatMap((action) =>
  supporters.flatMap((supporter) =>
    bools.flatMap((withConsent) =>
      bools.flatMap((supporterConfirm) =>
        bools.map((actionConfirm): [string, Parameters<typeof nextStep>[0]] => [
          `${action} ${supporter ?? 'none'} ${withConsent} ${supporterConfirm} ${actionConfirm}`,
          { action, supporter, withConsent, supporterConfirm, actionConfirm },
        ]),
      ),
    ),
  ),
);

describe('next step', () => {
  it.each(combinations)('of %s follows the transition table', (key, state) => {
    expect(nextStep(state)).toEqual(expected(key));
  });

  it('ends alike when signature and share come in either order', () => {
    const settings = { supporterConfirm: false, actionConfirm: false };
    const run = (order: boolean[]): (ActionStatus | undefined)[] => {
      const statuses = new Map<boolean, ActionStatus>();
      let supporter: SupporterStatus = 'new';
      for (const withConsent of [...order, ...order]) {
        const next = nextStep({ ...settings, action: statuses.get(withConsent) ?? 'new', supporter, withConsent });
        statuses.set(withConsent, next?.action ?? statuses.get(withConsent) ?? 'new');
        supporter = next?.supporter ?? supporter;
      }
      return [statuses.get(true), statuses.get(false)];
    };
    expect(run([true, false])).toEqual(['delivered', 'delivered']);
    expect(run([false, true])).toEqual(['delivered', 'delivered']);
  });
});

const overrides: (boolean | null)[] = [true, false, null];
const settings = overrides.flatMap((campaign) =>
  bools.flatMap((own) => bools.map((custom) => [campaign, own, custom] as const)),
);

describe('effective processing', () => {
  it.each(settings)('confirms supporters: campaign %s, org %s, custom queue %s', (campaign, own, custom) => {
    const { supporterConfirm } = effectiveProcessing({
      campaign: { supporterConfirm: campaign, actionConfirm: null },
      org: { supporterConfirm: own, customSupporterConfirm: custom, customActionConfirm: false },
    });
    expect(supporterConfirm).toBe(campaign === null ? own || custom : campaign);
  });

  it.each(overrides.flatMap((campaign) => bools.map((custom) => [campaign, custom] as const)))(
    'confirms actions: campaign %s, org %s',
    (campaign, custom) => {
      const { actionConfirm } = effectiveProcessing({
        campaign: { supporterConfirm: null, actionConfirm: campaign },
        org: { supporterConfirm: false, customSupporterConfirm: false, customActionConfirm: custom },
      });
      expect(actionConfirm).toBe(campaign === null ? custom : campaign);
    },
  );
});
