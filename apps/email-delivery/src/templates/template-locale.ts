/** How the template found answers to the locale asked for. */
export type LocaleStep = 'exact' | 'language' | 'org default' | 'en' | 'any';

interface Localised {
  id: number;
  locale: string;
}

const fallbackLocale = 'en';

/**
 * One of the rows that share a name: in the locale asked for, in its language, in the org's own, in English, any. Without a
 * locale asked for, in English or any; `any` is the row with the lowest id. Null of no rows.
 */
export function chooseByLocale<Row extends Localised>(
  rows: readonly Row[],
  wanted: string | null,
  orgLocale: string | null,
): { row: Row; step: LocaleStep } | null {
  const byId = [...rows].sort((a, b) => a.id - b.id);
  for (const [step, locale] of stepsOf(wanted, orgLocale)) {
    const row = byId.find((one) => one.locale === locale) ?? byId.find((one) => isSame(one.locale, locale));
    if (row) return { row, step };
  }
  const first = byId[0];
  return first ? { row: first, step: 'any' } : null;
}

function* stepsOf(wanted: string | null, orgLocale: string | null): Generator<[LocaleStep, string]> {
  if (wanted) {
    yield ['exact', wanted];
    yield ['language', languageOf(wanted)];
    if (orgLocale) {
      yield ['org default', orgLocale];
      yield ['org default', languageOf(orgLocale)];
    }
  }
  yield ['en', fallbackLocale];
}

/** `pt_BR` and `pt-br` are one. */
const isSame = (a: string, b: string): boolean => normalised(a) === normalised(b);
const normalised = (locale: string): string => locale.toLowerCase().replaceAll('-', '_');
const languageOf = (locale: string): string => locale.split(/[-_]/, 1)[0] ?? locale;
