import type { InputError } from '../validation/error-list';

export interface AddressInput {
  country?: string | null;
  postcode?: string | null;
  locality?: string | null;
  region?: string | null;
  street?: string | null;
  streetNumber?: string | null;
}

export interface NationalityInput {
  country?: string | null;
  documentType?: string | null;
  documentNumber?: string | null;
}

/** What a supporter typed in. Null, absent and the empty string all mean "not given". */
export interface ContactInput {
  name?: string | null;
  firstName?: string | null;
  lastName?: string | null;
  email?: string | null;
  phone?: string | null;
  /** YYYY-MM-DD */
  birthDate?: string | null;
  address?: AddressInput | null;
  nationality?: NationalityInput | null;
}

/** The address as the basic payload and the clear copy of MTT campaigns hold it; keys in alphabetical order. */
export interface ContactAddress {
  locality: string | null;
  region: string | null;
  street: string | null;
  streetNumber: string | null;
}

export interface ValidContact {
  /** What is encrypted or stored for each org: no nulls at the top level, keys in alphabetical order. */
  payload: Record<string, unknown>;
  /** The text hashed after the seed (processing.md 2.7). */
  fingerprintInput: string;
  area: string | null;
  firstName: string | null;
  lastName: string | null;
  /** Null for eci and it_ci, which take no email. */
  email: string | null;
  /** Only the basic schema keeps an address as one object. */
  address: ContactAddress | null;
}

export type ContactResult = { ok: true; contact: ValidContact } | { ok: false; errors: InputError[] };
