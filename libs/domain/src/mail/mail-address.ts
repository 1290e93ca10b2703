export interface AddressParts {
  local: string;
  domain: string;
}

const hostName = /^[\p{L}\p{M}\p{N}._-]+$/u;
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const controlCharacter = /[\u0000-\u001f\u007f]/;
const dotAtom = /^[^\s"(),:;<>@[\\\]]+$/u;

/** Null unless there is exactly one "@", something before it, a host name after it and no control character. */
export function splitAddress(address: string): AddressParts | null {
  const [local, domain, ...others] = address.split('@');
  if (!local || !domain || others.length > 0) return null;
  return controlCharacter.test(local) || !hostName.test(domain) ? null : { local, domain };
}

const isDotAtom = (local: string): boolean =>
  dotAtom.test(local) && !local.startsWith('.') && !local.endsWith('.') && !local.includes('..');

/** A local part as it stands in an address: in quotes where RFC 5321 asks for them. */
export const quotedLocalPart = (local: string): string =>
  isDotAtom(local) ? local : `"${local.replace(/["\\]/g, '\\$&')}"`;

export const isSameText = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
