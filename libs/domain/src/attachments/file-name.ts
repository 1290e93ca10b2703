import type { AttachmentType } from './attachment-type';

/** A file's name without folders and control characters, fit to be shown and to save under; null where nothing is left. */
export function cleanFileName(name: string): string | null {
  const own = name
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '')
    .split(/[/\\]/)
    .at(-1);
  const trimmed = (own ?? '').replace(/\s+/g, ' ').trim();
  return trimmed === '' || /^\.+$/.test(trimmed) ? null : trimmed;
}

/** How names of files of a type end; the first is the one it is given. */
const endings: Readonly<Record<AttachmentType, readonly [string, ...string[]]>> = {
  'image/jpeg': ['jpg', 'jpeg', 'jpe', 'jfif'],
  'image/png': ['png'],
  'image/webp': ['webp'],
  'image/gif': ['gif'],
  'audio/mpeg': ['mp3', 'mpga'],
  'audio/mp4': ['m4a', 'mp4', 'm4b'],
  'audio/ogg': ['ogg', 'oga', 'opus'],
  'audio/wav': ['wav', 'wave'],
  'audio/webm': ['webm', 'weba'],
  'audio/flac': ['flac'],
  'application/pdf': ['pdf'],
};

/** The name to save a file of this type under: a computer opens it as what it was looked at as, never as a program or a page. */
export function fileNameOfType(name: string, type: string): string {
  const known = Object.hasOwn(endings, type) ? endings[type as AttachmentType] : (['bin'] as const);
  const ending = /\.([^.]*)$/.exec(name)?.[1]?.toLowerCase();
  return ending !== undefined && known.some((one) => one === ending) ? name : `${name}.${known[0]}`;
}
