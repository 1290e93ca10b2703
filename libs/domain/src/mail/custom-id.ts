/** What a provider's event is about (email-and-mtt.md 1.4). */
export type CustomId = { type: 'action'; id: number } | { type: 'mtt'; id: number } | { type: 'user'; email: string };

export const formatCustomId = (about: CustomId): string =>
  about.type === 'user' ? `user:${about.email}` : `${about.type}:${about.id}`;

const digits = /^\d+$/;

/** Null for all that is none: providers report on mails of others too. Extra parts are ignored. */
export function parseCustomId(text: string | null | undefined): CustomId | null {
  const [type, value] = (text ?? '').split(':');
  if (!value) return null;
  if (type === 'user') return { type, email: value };
  if (type !== 'action' && type !== 'mtt') return null;
  const id = digits.test(value) ? Number(value) : NaN;
  return Number.isSafeInteger(id) ? { type, id } : null;
}

/** Of a mail to a target. */
export const isTargetCustomId = (text: string | null | undefined): boolean => /^mtt:\d+$/.test(text ?? '');
