/** What an action may have attached (docs/uploads.md). */
export const attachmentTypes = [
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/gif',
  'audio/mpeg',
  'audio/mp4',
  'audio/ogg',
  'audio/wav',
  'audio/webm',
  'audio/flac',
  'application/pdf',
] as const;
export type AttachmentType = (typeof attachmentTypes)[number];

export const attachmentLimits = {
  /** Of one file, bytes. */
  bytes: 25 * 1024 * 1024,
  /** Files of one action. */
  perAction: 5,
  /** Characters of a file's name. */
  nameLength: 255,
} as const;

/** Other spellings that browsers use. */
const aliases = new Map<string, AttachmentType>([
  ['image/jpg', 'image/jpeg'],
  ['image/pjpeg', 'image/jpeg'],
  ['audio/mp3', 'audio/mpeg'],
  ['audio/x-m4a', 'audio/mp4'],
  ['audio/m4a', 'audio/mp4'],
  ['audio/wave', 'audio/wav'],
  ['audio/x-wav', 'audio/wav'],
  ['audio/vnd.wave', 'audio/wav'],
  ['audio/x-flac', 'audio/flac'],
  ['application/x-pdf', 'application/pdf'],
]);

/** The type a file is said to have, without parameters; null for one that may not be attached. */
export function readAttachmentType(text: string): AttachmentType | null {
  const name = (text.split(';')[0] ?? '').trim().toLowerCase();
  return attachmentTypes.find((type) => type === name) ?? aliases.get(name) ?? null;
}

const startsWith = (bytes: Uint8Array, text: string, at = 0): boolean =>
  bytes.length >= at + text.length && [...text].every((char, index) => bytes[at + index] === char.charCodeAt(0));

/** Kinds of MP4 that hold sound: M4A and what recorders of browsers write. */
const soundBrands = ['M4A ', 'M4B ', 'mp41', 'mp42', 'isom', 'iso2', 'iso4', 'iso5', 'iso6', 'dash'];

const signatures: readonly [AttachmentType, (bytes: Uint8Array) => boolean][] = [
  ['image/jpeg', (bytes) => startsWith(bytes, '\xff\xd8\xff')],
  ['image/png', (bytes) => startsWith(bytes, '\x89PNG\r\n\x1a\n')],
  ['image/gif', (bytes) => startsWith(bytes, 'GIF87a') || startsWith(bytes, 'GIF89a')],
  ['image/webp', (bytes) => startsWith(bytes, 'RIFF') && startsWith(bytes, 'WEBP', 8)],
  ['audio/wav', (bytes) => startsWith(bytes, 'RIFF') && startsWith(bytes, 'WAVE', 8)],
  ['audio/ogg', (bytes) => startsWith(bytes, 'OggS')],
  ['audio/flac', (bytes) => startsWith(bytes, 'fLaC')],
  ['audio/webm', (bytes) => startsWith(bytes, '\x1a\x45\xdf\xa3')],
  ['audio/mp4', (bytes) => startsWith(bytes, 'ftyp', 4) && soundBrands.some((brand) => startsWith(bytes, brand, 8))],
  ['audio/mpeg', (bytes) => startsWith(bytes, 'ID3') || isMpegFrame(bytes)],
  ['application/pdf', (bytes) => startsWith(bytes, '%PDF-')],
];

/** Header of a frame of layer III, whose bit rate and sampling rate are none of the forbidden ones. */
function isMpegFrame([first = 0, second = 0, third = 0]: Uint8Array): boolean {
  const isLayer3 = first === 0xff && (second & 0xe6) === 0xe2;
  return isLayer3 && (third & 0xf0) !== 0xf0 && (third & 0x0c) !== 0x0c;
}

/** The type that a file begins like; null for none of those that may be attached. */
export const sniffAttachmentType = (bytes: Uint8Array): AttachmentType | null =>
  signatures.find(([, matches]) => matches(bytes))?.[0] ?? null;

export const isImageType = (type: string): boolean => type.startsWith('image/');
