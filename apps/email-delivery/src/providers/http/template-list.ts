import { isSuccess, type HttpCall, type HttpCaller } from '@groundswell/http';
import { errorOf } from './answer-result';
import { parseJson } from './json-body';

/** A provider's templates could not be listed. `not authenticated` is the account's fault, else try again. */
export class TemplateListError extends Error {
  readonly code = 'email.template_list';

  constructor(
    text: string,
    /** Worth another try: false where the account's settings must change first. */
    readonly isTransient: boolean,
  ) {
    super(text);
    this.name = new.target.name;
  }
}

export interface ListedTemplate {
  ref: string;
  name: string;
}

/** A page may hold the html of fifty templates. */
const maxPageBytes = 32 * 1024 * 1024;
/** An account with more is read no further: 10 000 templates. */
const maxPages = 200;

/** One page of the list, parsed. */
export async function readPage(caller: HttpCaller, call: HttpCall): Promise<unknown> {
  const answer = await caller.call({ ...call, maxAnswerBytes: maxPageBytes });
  if (answer.kind !== 'answered') throw new TemplateListError(answer.error, answer.kind !== 'misconfigured');
  if (answer.status === 401) throw new TemplateListError('not authenticated', false);
  if (!isSuccess(answer)) throw new TemplateListError(errorOf(answer), answer.status === 429 || answer.status >= 500);
  return parseJson(answer.text);
}

/** All pages, until one is the last. A page that came back before ends the list too: an API that ignores the offset. */
export async function readAllPages(
  pageSize: number,
  read: (offset: number) => Promise<ListedTemplate[]>,
  isLast: (page: readonly ListedTemplate[]) => boolean,
): Promise<ListedTemplate[]> {
  const found = new Map<string, ListedTemplate>();
  for (let page = 0; page < maxPages; page += 1) {
    const listed = await read(page * pageSize);
    const fresh = listed.filter((template) => !found.has(template.ref));
    for (const template of fresh) found.set(template.ref, template);
    if (isLast(listed) || fresh.length === 0) break;
  }
  return [...found.values()];
}
