import type { Attachment } from '../providers/mail-provider';

export interface StoredFile {
  /** As it is kept, e.g. `bucket/path/leaflet.png`. */
  path: string;
  content: Buffer;
}

const types: Record<string, string> = {
  avif: 'image/avif',
  bmp: 'image/bmp',
  gif: 'image/gif',
  heic: 'image/heic',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  png: 'image/png',
  svg: 'image/svg+xml',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  webp: 'image/webp',
  csv: 'text/csv',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  ics: 'text/calendar',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  odp: 'application/vnd.oasis.opendocument.presentation',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
  odt: 'application/vnd.oasis.opendocument.text',
  pdf: 'application/pdf',
  ppt: 'application/vnd.ms-powerpoint',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  rtf: 'application/rtf',
  txt: 'text/plain',
  vcf: 'text/vcard',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  zip: 'application/zip',
};
const unknownType = 'application/octet-stream';

/**
 * Images as inline parts `cid:file1`, `cid:file2` and so on, everything else as attachments (email-and-mtt.md §2.5). The number is
 * the file's place among all files, so an image keeps its own whatever is before it.
 */
export const attachmentsOf = (files: readonly StoredFile[]): Attachment[] =>
  files.map(({ path, content }, index) => {
    const id = `file${index + 1}`;
    const name = baseName(path) || id;
    const type = typeOf(name);
    return { name, type, content, ...(type.startsWith('image/') ? { contentId: id } : {}) };
  });

/** File names as templates see them in `files`. */
export const fileNames = (paths: readonly string[]): string[] =>
  paths.map((path, index) => baseName(path) || `file${index + 1}`);

const baseName = (path: string): string =>
  (path.split(/[/\\]/).at(-1) ?? '')
    // eslint-disable-next-line no-control-regex -- a line break in a name would begin another header
    .replace(/[\u0000-\u001f\u007f]/g, '')
    .trim();

function typeOf(name: string): string {
  const dot = name.lastIndexOf('.');
  const extension = dot < 0 ? '' : name.slice(dot + 1).toLowerCase();
  return Object.hasOwn(types, extension) ? (types[extension] ?? unknownType) : unknownType;
}
