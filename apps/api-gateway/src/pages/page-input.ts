import { checkExtraSupporters, checkPageLocale, checkPageName } from '@groundswell/domain';
import type { ActionPage } from '@groundswell/persistence';
import type { InputProblem } from '../api/api-error';
import { InputAttributes, withoutUndefined } from '../catalogue-writing/input-attributes';

export interface PageInput {
  name?: string | null;
  locale?: string | null;
  thankYouTemplate?: string | null;
  supporterConfirmTemplate?: string | null;
  duplicateTemplate?: string | null;
  extraSupporters?: number | null;
  config?: Record<string, unknown> | null;
  delivery?: boolean | null;
}

/** Attributes that name a template of the page's org. */
export const pageTemplates = ['thankYouTemplate', 'supporterConfirmTemplate', 'duplicateTemplate'] as const;

/** Columns an input sets, and what is wrong with it. `at`: where the page stands inside the whole input. */
export function readPageInput(
  input: PageInput,
  isNew: boolean,
  at: (string | number)[] = [],
): { columns: Partial<ActionPage>; problems: InputProblem[] } {
  const attributes = new InputAttributes(input, isNew, at);
  const extraSupporters = attributes.number('extraSupporters', checkExtraSupporters);
  const columns = withoutUndefined({
    name: attributes.requiredText('name', checkPageName),
    locale: attributes.requiredText('locale', checkPageLocale),
    thankYouTemplate: attributes.optionalText('thankYouTemplate'),
    supporterConfirmTemplate: attributes.optionalText('supporterConfirmTemplate'),
    duplicateTemplate: attributes.optionalText('duplicateTemplate'),
    extraSupporters: extraSupporters === null ? 0 : extraSupporters,
    config: attributes.config('config'),
    delivery: attributes.orDefault('delivery', true),
  });
  return { columns, problems: attributes.problems };
}
