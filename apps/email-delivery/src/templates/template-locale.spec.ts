import { chooseByLocale } from './template-locale';

/** Ids by place, from 1. */
const rows = (...locales: string[]) => locales.map((locale, index) => ({ id: index + 1, locale }));

it.each([
  ['exact', 'pt_BR', 'fr', ['en', 'fr', 'pt', 'pt_BR'], 4, 'exact'],
  ['exact in another spelling', 'pt-br', 'fr', ['en', 'pt', 'pt_BR'], 3, 'exact'],
  ['its own spelling first', 'pt-BR', null, ['pt_BR', 'pt-BR'], 2, 'exact'],
  ['the language part', 'pt_BR', 'fr', ['en', 'fr', 'pt'], 3, 'language'],
  ['no other country of the language', 'pt_BR', null, ['de', 'pt_PT', 'en'], 3, 'en'],
  ['what the org speaks', 'pt_BR', 'fr', ['de', 'en', 'fr'], 3, 'org default'],
  ['the language of what the org speaks', 'pt_BR', 'fr_BE', ['de', 'en', 'fr'], 3, 'org default'],
  ['English', 'pt_BR', 'fr', ['de', 'en'], 2, 'en'],
  ['any, the oldest', 'pt_BR', 'fr', ['de', 'nl'], 1, 'any'],
  ['without a locale English, whatever the org speaks', null, 'fr', ['fr', 'en'], 2, 'en'],
  ['without a locale and English, the oldest', null, 'nl', ['fr', 'nl'], 1, 'any'],
] as const)('%s', (_what, wanted, orgLocale, locales, id, step) => {
  const shuffled = rows(...locales).reverse();
  expect(chooseByLocale(shuffled, wanted, orgLocale)).toMatchObject({ row: { id }, step });
});

it('none of no rows', () => {
  expect(chooseByLocale([], 'en', 'en')).toBeNull();
});
