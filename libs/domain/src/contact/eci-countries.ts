import type { CalendarDate } from './calendar-date';
import { isValidEgn } from './egn';

export type DocumentCheck = (documentNumber: string, today: CalendarDate) => boolean;

export interface EciCountry {
  /** Years; checked whenever a birth date is given. */
  readonly minimumAge: number;
  /** By document type. Empty: this nationality signs with its address instead of a document. */
  readonly documents: ReadonlyMap<string, DocumentCheck>;
  readonly needsAddress: boolean;
  readonly needsBirthDate: boolean;
}

const matching =
  (pattern: RegExp): DocumentCheck =>
  (documentNumber) =>
    pattern.test(documentNumber);

const anything: DocumentCheck = () => true;
const lettersAndDigits = matching(/^[a-z0-9]+$/i);
const elevenDigits = matching(/^\d{11}$/);

const withDocuments = (minimumAge: number, documents: Readonly<Record<string, DocumentCheck>>): EciCountry => ({
  minimumAge,
  documents: new Map(Object.entries(documents)),
  needsAddress: false,
  needsBirthDate: false,
});

const withAddress = (minimumAge: number, needsBirthDate = true): EciCountry => ({
  minimumAge,
  documents: new Map(),
  needsAddress: true,
  needsBirthDate,
});

export const italianDocuments = {
  'id.card': matching(/^(?:[a-z]{2}\d{6,8}|\d{7}[a-z]{2}|[a-z]{2}\d{5}[a-z]{2})$/i),
  passport: matching(/^(?:[a-z]{2}\d{7}|[a-z]\d{6}|\d{6}[a-z])$/i),
} as const;

/** What each nationality must show in a European Citizens' Initiative (processing.md 2.4). */
export const eciCountries: ReadonlyMap<string, EciCountry> = new Map(
  Object.entries({
    AT: withDocuments(16, { passport: matching(/^[a-z]\d{7,8}$/i), 'id.card': matching(/^\d{7,8}$/) }),
    BE: withDocuments(18, {
      'national.id.number': matching(/^\d{2}(?:0?0[1-9]|1[0-2])(?:[0-2]?[0-2][0-9]|3[0-1])\d{5}$/),
    }),
    BG: withDocuments(18, { 'personal.number': isValidEgn }),
    CY: withDocuments(18, {
      passport: matching(/^(?:[bcej]\d{6}|k\d{8}|[ds]p\d{7})$/i),
      'id.card': matching(/^\d{1,10}$/),
    }),
    CZ: withDocuments(18, {
      passport: matching(/^\d{7,8}$/),
      'id.card': matching(/^(?:\d{9}|\d{6}[a-z]{2}\d{2}|\d{6}[a-z]{2}|[a-z]{2}\d{6})$/i),
    }),
    DE: withAddress(16),
    DK: withAddress(18),
    EE: withDocuments(16, { 'personal.number': elevenDigits }),
    ES: withDocuments(18, { 'id.card': matching(/^\d{8}[a-z]$/i), passport: lettersAndDigits }),
    FI: withAddress(18),
    FR: withAddress(18),
    GR: withAddress(17, false),
    HR: withDocuments(18, { 'personal.id': elevenDigits, passport: anything }),
    HU: withDocuments(18, {
      'id.card': matching(/^(?:\d{6}[a-z]{2}|[a-z]{2,5}\d{6})$/i),
      passport: matching(/^[a-z]{2}\d{6,7}$/i),
      'personal.number': elevenDigits,
    }),
    IE: withAddress(18),
    IT: withDocuments(18, italianDocuments),
    LT: withDocuments(18, { 'personal.number': elevenDigits }),
    LU: withAddress(18),
    LV: withDocuments(18, { 'personal.id': elevenDigits }),
    MT: withDocuments(16, { 'id.card': lettersAndDigits }),
    NL: withAddress(18),
    PL: withDocuments(18, { 'national.id.number': elevenDigits }),
    PT: withDocuments(18, {
      'citizens.card': matching(/^\d{9}[a-z]{2}\d$/i),
      'id.card': matching(/^\d{1,8}$/),
      passport: matching(/^[a-z]{1,2}\d{6}$/i),
    }),
    RO: withDocuments(18, {
      'id.card': matching(/^[a-z]{2}\d{6}$/i),
      passport: lettersAndDigits,
      'personal.id': matching(/^\d{13}$/),
    }),
    SE: withDocuments(18, { 'personal.number': matching(/^(?:\d{12}|\d{10})$/) }),
    SI: withDocuments(18, { 'personal.number': matching(/^\d{13}$/) }),
    SK: withAddress(18),
  }),
);

const fiveDigits = /^\d{5}$/;
const fourDigits = /^\d{4}$/;

/** Countries of residence with their own postcode format; all others take the common rule. */
export const postcodePatterns: ReadonlyMap<string, RegExp> = new Map(
  Object.entries({
    DE: fiveDigits,
    FI: fiveDigits,
    FR: fiveDigits,
    GR: fiveDigits,
    DK: fourDigits,
    LU: fourDigits,
    NL: /^[1-9]\d{3}(?:[a-z]{2})?$/i,
    SK: /^[089]\d{4}$/,
  }),
);
