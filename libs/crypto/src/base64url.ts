const base64Url = /^[A-Za-z0-9_-]+={0,2}$/;

/** Bytes of RFC 4648 url-safe text, padded or not; null for anything else, also for empty text. */
export const decodeBase64Url = (text: string): Buffer | null => {
  if (!base64Url.test(text)) return null;
  const remainder = text.length % 4;
  if (remainder === 1 || (remainder !== 0 && text.endsWith('='))) return null;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === 0 ? null : bytes;
};
