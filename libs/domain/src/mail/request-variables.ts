import type { Variables } from './template-variables';

const isObject = (value: unknown): value is Variables =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a name of the data, "" where there is none. */
const textual = (value: unknown): unknown => (value == null ? '' : value);

const pick = (data: unknown, names: readonly string[]): Variables =>
  Object.fromEntries(names.map((name) => [name, textual(isObject(data) ? data[name] : null)]));

const confirmNames = ['operation', 'email', 'message', 'subjectId', 'objectId', 'code', 'acceptLink', 'rejectLink'];
const twitterNames = ['name', 'screenName', 'picture', 'description', 'url', 'followersCount'];

/** What templates of confirm mails see (email-and-mtt.md 2.4) of the data of the request. */
export function confirmMailVariables(data: Variables): Variables {
  const { creator, org, campaign, actionPage } = data;
  return {
    ...pick(data, confirmNames),
    creator: pick(creator, ['email', 'jobTitle']),
    ...(isObject(org) && {
      org: { ...pick(org, ['name', 'title']), twitter: pick(org['twitter'], twitterNames) },
    }),
    ...(isObject(campaign) && { campaign: pick(campaign, ['name', 'title']) }),
    ...(isObject(actionPage) && { actionPage: pick(actionPage, ['id', 'name', 'locale']) }),
  };
}

/** What templates of user mails see: the link alone. */
export const userMailVariables = ({ url }: Variables): Variables => ({
  confirmLink: typeof url === 'string' ? url : '',
});

/** What a list of a mail about a rule shows of each entry; values that are no text, number or flag are left out. */
const plainEntries = (value: unknown): Variables[] =>
  (Array.isArray(value) ? value : [])
    .filter(isObject)
    .map((entry) =>
      Object.fromEntries(
        Object.entries(entry).filter(([, held]) => ['string', 'number', 'boolean'].includes(typeof held)),
      ),
    );

/** What templates of mails about rules see (docs/rules.md): ids, statuses and figures. */
export function ruleMailVariables(data: Variables): Variables {
  const { campaign } = data;
  return {
    ...pick(data, ['email', 'link', 'count', 'since']),
    more: data['more'] || '',
    rule: pick(data['rule'], ['id', 'name', 'trigger', 'what']),
    org: pick(data['org'], ['name', 'title']),
    ...(isObject(campaign) && { campaign: pick(campaign, ['name', 'title']) }),
    items: plainEntries(data['items']),
    campaigns: plainEntries(data['campaigns']),
  };
}

const ruleMails: ReadonlySet<string> = new Set(['rule_alert', 'rule_digest']);

/** Of all mails that are asked for by a request. */
export function requestVariables(kind: string, data: Variables): Variables {
  if (isUserMail(kind)) return userMailVariables(data);
  return ruleMails.has(kind) ? ruleMailVariables(data) : confirmMailVariables(data);
}

const userMailTemplates: ReadonlyMap<string, string> = new Map([
  ['user_confirm', 'user_confirm_email'],
  ['user_reset', 'user_reset_password'],
  ['user_change_email', 'user_change_email'],
]);

/** Template of a mail request, of the instance org; requests of other kinds are named as their template. */
export const requestTemplate = (kind: string): string => userMailTemplates.get(kind) ?? kind;
export const isUserMail = (kind: string): boolean => userMailTemplates.has(kind);
