import { localRedirect } from '@groundswell/domain';
import { parameter, type CodeLink, type Query } from './link-request';

/** Path of the pages on which who is logged in decides what a link asks. */
export const confirmPagePath = '/users/confirms';

const meanings = ['email', 'id', 'org'] as const;

/** Address of the page of a link. Holds what is known to mean something, written anew, so it leads nowhere else. */
export function confirmPageAddress({ verb, code }: CodeLink, query: Query): string {
  const parameters = new URLSearchParams();
  for (const name of meanings) {
    const value = parameter(query, name);
    if (value !== null) parameters.set(name, value);
  }
  const redir = parameter(query, 'redir');
  if (redir !== null && localRedirect(redir) === redir) parameters.set('redir', redir);
  const search = parameters.toString();
  return `${confirmPagePath}/${verb}/${code}${search === '' ? '' : `?${search}`}`;
}
