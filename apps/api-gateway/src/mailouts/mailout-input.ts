import type { MailoutSegmentV1 } from '@groundswell/contracts';
import { InputError, type InputProblem } from '../api/api-error';

export interface MailoutInput {
  name: string;
  campaignName: string;
  template: string;
  segment?: MailoutSegmentInput | null;
}

export interface MailoutSegmentInput {
  actionType?: string | null;
  area?: string | null;
  language?: string | null;
  since?: Date | null;
}

const nameForm = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,99}$/u;
const actionTypeForm = /^[A-Za-z0-9_-]{1,255}$/;
const areaForm = /^[A-Za-z0-9_-]{1,32}$/;
const languageForm = /^[A-Za-z]{2,3}([_-][A-Za-z]{2})?(@[A-Za-z0-9]{1,24})?$/;

const matches = (form: RegExp, value: string | null): boolean => value === null || form.test(value);

/** Throws InputError at the attributes. */
export function readMailout({ name, template, segment }: MailoutInput): {
  name: string;
  template: string;
  segment: MailoutSegmentV1;
} {
  const { actionType = null, area = null, language = null, since = null } = segment ?? {};
  const problems: InputProblem[] = [];
  const check = (isGood: boolean, ...path: string[]) => {
    if (!isGood) problems.push({ path: ['input', ...path], message: 'has invalid format' });
  };
  check(nameForm.test(name), 'name');
  check(template !== '' && template.length <= 255, 'template');
  check(matches(actionTypeForm, actionType), 'segment', 'actionType');
  check(matches(areaForm, area), 'segment', 'area');
  check(matches(languageForm, language), 'segment', 'language');
  if (problems.length > 0) throw new InputError(problems);
  return { name, template, segment: { actionType, area, language, since: since?.toISOString() ?? null } };
}
