import { localRedirect } from '@groundswell/domain';
import type { Confirm } from '@groundswell/persistence';
import { ApiError, InputError } from '../api/api-error';
import type { Access } from '../auth/access';
import type { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import type { ConfirmDecisions } from '../confirms/confirm-decisions';
import { countingGuesses } from '../links/code-guesses';
import { confirmPageAddress, confirmPagePath } from '../links/confirm-page-address';
import type { LinkCaller } from '../links/link-caller';
import { confirmOfLink, parameter, parseCodeLink, type CodeLink } from '../links/link-request';
import type { RateLimiter } from '../rate-limits/rate-limiter';
import { buttonOf, describeRequest, titleOf, wordingOfRefusal } from './confirm-request.wording';
import type { PageRoute } from './page-route';
import type { PageVisit } from './page-visit';

export interface ConfirmRequestParts {
  confirms: Pick<ConfirmDecisions, 'find' | 'judge' | 'decide'>;
  callers: Pick<LinkCaller, 'accessOfViewer'>;
  lookup: CatalogueLookup;
  /** Of the links that lead here too. */
  limiter: Pick<RateLimiter, 'consume' | 'giveBack'>;
}

interface Request {
  link: CodeLink;
  confirm: Confirm;
  access: Access;
}

const path = `${confirmPagePath}/:verb/:code`;

/**
 * Where `/link/accept|reject/CODE` leads browsers (email-and-mtt.md §6, §7.3): log in, see what is asked, press the button.
 * Looking at the page decides nothing: the cookie comes along with whoever's link is followed, the token of the form does
 * not.
 */
export const confirmRequestPages = (parts: ConfirmRequestParts): PageRoute[] => [
  { method: 'GET', path, access: 'member', handle: (visit) => orRefusal(visit, () => show(parts, visit)) },
  { method: 'POST', path, access: 'member', handle: (visit) => orRefusal(visit, () => decide(parts, visit)) },
];

async function show(parts: ConfirmRequestParts, visit: PageVisit): Promise<void> {
  const { link, confirm, access } = await requestOf(parts, visit);
  const operation = await parts.confirms.judge(confirm, access, link.verb);
  visit.show({
    title: titleOf(link.verb),
    lead: await describeRequest(operation, parts.lookup, confirm, access),
    forms: [{ id: 'decision', action: confirmPageAddress(link, visit.query), button: buttonOf(link.verb) }],
  });
}

async function decide(parts: ConfirmRequestParts, visit: PageVisit): Promise<void> {
  const { link, confirm, access } = await requestOf(parts, visit);
  await parts.confirms.decide(confirm, access, link.verb);
  const redir = parameter(visit.query, 'redir');
  if (redir === null) visit.flash('info', link.verb === 'accept' ? 'Accepted.' : 'Rejected.');
  visit.redirect(localRedirect(redir));
}

async function requestOf({ confirms, callers, limiter }: ConfirmRequestParts, visit: PageVisit): Promise<Request> {
  const { member, query } = visit;
  const link = parseCodeLink({ verb: visit.param('verb'), code: visit.param('code') });
  const confirm =
    link && (await countingGuesses(limiter, visit.visitor.address, () => confirms.find(confirmOfLink(link, query))));
  if (!link || !confirm) throw new ApiError(null, 'The link is not complete, or it is none of ours.');
  return { link, confirm, access: await callers.accessOfViewer(member, parameter(query, 'org')) };
}

async function orRefusal(visit: PageVisit, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const isRefusal = error instanceof InputError || (error instanceof ApiError && error.code !== 'unavailable');
    if (!isRefusal) throw error;
    const code = error instanceof ApiError ? error.code : null;
    const lead = wordingOfRefusal(code, error.message);
    const status = code === 'permission_denied' || code === 'unauthorized' ? 403 : 400;
    visit.show({ title: 'This link cannot be used', lead, links: [{ href: '/', text: 'To the start' }] }, status);
  }
}
