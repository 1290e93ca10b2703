import type { Catalogue } from '@groundswell/persistence';
import type { Candidate, MailoutSegment } from './mailout';

type Pages = Pick<Catalogue['pages'], 'get'>;

/** Whether a supporter is one of those a mailout is for. Who only tested never is. */
export function isInSegment(
  { actionId, actionTypes, area, acceptedAt, pageId }: Candidate,
  segment: MailoutSegment,
  pages: Pages,
): boolean {
  if (actionId === null) return false;
  if (segment.actionType !== null && !actionTypes?.includes(segment.actionType)) return false;
  if (segment.area !== null && area?.toLowerCase() !== segment.area.toLowerCase()) return false;
  if (segment.since !== null && acceptedAt < segment.since) return false;
  return segment.language === null || speaks(pages.get(pageId)?.locale, segment.language);
}

/** `de` means every German, `de_AT` one of them. */
function speaks(locale: string | undefined, language: string): boolean {
  const [own, wanted] = [normal(locale ?? ''), normal(language)];
  return own === wanted || own.startsWith(`${wanted}_`) || own.startsWith(`${wanted}@`);
}

const normal = (locale: string): string => locale.replaceAll('-', '_').toLowerCase();
