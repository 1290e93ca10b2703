import { InputError } from '../api/api-error';

export interface SelectPushes {
  state?: string | null;
  from?: Date | null;
  to?: Date | null;
}

export interface PageOfPushes {
  /** `after` of the page before. */
  after?: string | null;
  limit?: number | null;
}

/** Where a page begins: just before this push, in the order of (takenAt, id). */
export interface PushPosition {
  takenAt: Date;
  id: string;
}

export const defaultPushes = 50;
/** Each with its attempts and what the endpoint answered. */
export const mostPushes = 100;

const cursorForm = /^(\d{1,14})-(\d{1,18})$/;

export const cursorOf = ({ takenAt, id }: PushPosition): string => `${takenAt.getTime()}-${id}`;

/** Throws InputError at the argument. */
export function readPageOfPushes({ after, limit }: PageOfPushes): { after: PushPosition | null; limit: number } {
  const [, takenAtMs, id] = (after && cursorForm.exec(after)) || [];
  if (after && (takenAtMs === undefined || id === undefined)) throw InputError.at(['after'], 'is invalid');
  const count = limit ?? defaultPushes;
  if (count < 1) throw InputError.at(['limit'], 'must be greater than 0');
  if (count > mostPushes) throw InputError.at(['limit'], 'is too large');
  const position = id === undefined ? null : { takenAt: new Date(Number(takenAtMs)), id };
  return { after: position, limit: count };
}
