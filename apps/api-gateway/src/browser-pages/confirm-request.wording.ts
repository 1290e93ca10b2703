import type { Confirm } from '@groundswell/persistence';
import type { Access } from '../auth/access';
import type { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import type { Verb } from '../confirms/confirm-decisions';
import type { CatalogueOperation } from '../confirms/confirm-operations';

type Describe = (lookup: CatalogueLookup, confirm: Confirm, access: Access) => Promise<string>;

const titles: Record<Verb, string> = { accept: 'Accept this request', reject: 'Reject this request' };
export const titleOf = (verb: Verb): string => titles[verb];

const buttons: Record<Verb, string> = { accept: 'Accept', reject: 'Reject' };
export const buttonOf = (verb: Verb): string => buttons[verb];

/** What one is asked, so that nobody presses a button without knowing. All throw ApiError. */
const descriptions: Record<CatalogueOperation, Describe> = {
  launch_page: async (lookup, { subjectId, objectId }) => {
    const campaign = await lookup.campaign(subjectId);
    const page = await lookup.page(objectId ?? 0);
    return `The page ${page.name} is to go live in the campaign “${campaign.title}”.`;
  },
  join_campaign: async (lookup, { subjectId, objectId }) => {
    const campaign = await lookup.campaign(objectId ?? 0);
    return `${await orgTitle(lookup, subjectId)} wants to take part in the campaign “${campaign.title}”.`;
  },
  add_partner: async (lookup, { subjectId }, { membership }) => {
    const page = await lookup.page(subjectId);
    const own = membership ? ` for ${await orgTitle(lookup, membership.orgId)}` : '';
    return `You are invited to run a page like ${page.name}${own}.`;
  },
  add_staffer: async (lookup, { subjectId }) =>
    `You are invited to join the team of ${await orgTitle(lookup, subjectId)}.`,
};

export const describeRequest = (operation: CatalogueOperation, ...about: Parameters<Describe>): Promise<string> =>
  descriptions[operation](...about);

const orgTitle = async (lookup: CatalogueLookup, id: number): Promise<string> => {
  const org = await lookup.findOrgById(id);
  return org?.title ?? 'an organisation that is gone';
};

/** Codes of refusals in words for people; others speak for themselves. */
const refusals: Readonly<Record<string, string>> = {
  expired: 'It has been used already, or has expired.',
  permission_denied: 'Your account may not decide this. If you have another one, log out and follow the link again.',
  staffer_exists: 'You are in this team already.',
  org_not_found: 'The organisation is gone.',
};

export const wordingOfRefusal = (code: string | null, message: string): string => refusals[code ?? ''] ?? message;
