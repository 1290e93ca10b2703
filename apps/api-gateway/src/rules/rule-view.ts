import type { RuleFieldsV1 } from '@groundswell/contracts';
import type { RuleFiringRow, RuleRow } from './rule.read-model';

/** Input of addRule and updateRule: names of the API. */
export interface RuleGiven {
  name?: string | null;
  campaignId?: number | null;
  conditions?: GivenCondition[] | null;
  afterHours?: number | null;
  figure?: string | null;
  actionType?: string | null;
  values?: number[] | null;
  every?: number | null;
  resource?: string | null;
  schedule?: string | null;
  effect?: string | null;
  recipients?: string[] | null;
  enabled?: boolean | null;
}

interface GivenCondition {
  field: string;
  isOneOf?: string[] | null;
  isNoneOf?: string[] | null;
  atLeast?: number | null;
  atMost?: number | null;
}

/** What is left out. */
export const noSettings: RuleGiven = {
  campaignId: null,
  conditions: [],
  afterHours: null,
  figure: null,
  actionType: null,
  values: null,
  every: null,
  resource: null,
  schedule: null,
  recipients: [],
  enabled: true,
};

const conditionOf = ({ field, ...parts }: GivenCondition): RuleFieldsV1['conditions'][number] => ({
  field,
  ...Object.fromEntries(Object.entries(parts).filter(([, value]) => value != null)),
});

const lower = (name: string | null | undefined): string | null | undefined => name?.toLowerCase() ?? name;

/** As notify-service is asked; what was not given is not there. Lists and flags that are null are as at the beginning. */
export function ruleFieldsOf(given: RuleGiven): Partial<RuleFieldsV1> {
  const { conditions, recipients, enabled, figure, resource, effect, name, ...settings } = given;
  const fields = {
    ...settings,
    name: name ?? undefined,
    figure: lower(figure),
    resource: lower(resource),
    effect: lower(effect) ?? undefined,
    conditions: conditions === undefined ? undefined : (conditions ?? []).map(conditionOf),
    recipients: recipients === undefined ? undefined : (recipients ?? []),
    isEnabled: enabled === undefined ? undefined : (enabled ?? true),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A rule as the API shows it. */
export const viewRule = ({ settings, trigger, effect, ...row }: RuleRow) => ({
  ...row,
  ...settings,
  trigger: trigger.toUpperCase(),
  effect: effect.toUpperCase(),
  figure: settings.figure?.toUpperCase(),
  resource: settings.resource?.toUpperCase(),
});
export type RuleView = ReturnType<typeof viewRule>;

export const viewFiring = ({ state, ...row }: RuleFiringRow) => ({ ...row, state: state.toUpperCase() });
