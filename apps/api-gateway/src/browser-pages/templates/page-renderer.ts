import mustache from 'mustache';
import { escapeHtml } from '../../links/link-answer';
import type { Flash } from '../page-session';
import { formTemplate } from './form.template';
import { layoutTemplate } from './layout.template';
import type { Field, Form, Page } from './page';
import { iconPath, stylePath, styleVersion } from './style';

export interface PageSurroundings {
  flashes: Flash[];
  csrfToken: string;
  /** Of who is signed in. */
  email: string | null;
}

/** Pages as HTML, the same for everybody who sees the same. */
export class PageRenderer {
  constructor(private readonly ssoUrl: string | null) {}

  render({ title, lead, forms = [], links = [] }: Page, { flashes, csrfToken, email }: PageSurroundings): string {
    const shown = forms.map((form) => viewForm(form, csrfToken));
    const view = {
      title,
      lead: lead ?? null,
      email,
      csrfToken,
      ssoUrl: this.ssoUrl,
      stylePath: `${stylePath}?v=${styleVersion}`,
      iconPath: `${iconPath}?v=${styleVersion}`,
      flashes: flashes.map(({ kind, text }) => ({ kind, text, role: kind === 'error' ? 'alert' : 'status' })),
      hasProblems: shown.some((form) => form.hasProblems),
      forms: shown,
      hasLinks: links.length > 0,
      links: links.map(({ href, text, isMain = false }) => ({ href, text, isMain })),
    };
    return mustache.render(layoutTemplate, view, { form: formTemplate }, { escape: escapeHtml });
  }
}

/** Every key a template reads is there: mustache looks for a missing one in the page around it. */
const viewForm = (form: Form, csrfToken: string) => {
  const { id, action, button, hidden = [], fields = [], heading, method, username, problem } = form;
  const allProblems = fields.flatMap((field) =>
    (field.problems ?? []).map((message) => ({ id: field.id, label: field.label, message })),
  );
  return {
    id,
    action,
    button,
    csrfToken,
    hidden,
    allProblems,
    heading: heading ?? null,
    method: method ?? null,
    username: username ?? null,
    problem: problem ?? null,
    hasProblems: allProblems.length > 0 || problem !== undefined,
    fields: fields.map(viewField),
  };
};

const viewField = (field: Field) => {
  const { id, name, label, type, problems = [] } = field;
  const isWrong = problems.length > 0;
  const described = [...(field.hint ? [`${id}-hint`] : []), ...(isWrong ? [`${id}-problems`] : [])];
  return {
    id,
    name,
    label,
    type,
    problems,
    isWrong,
    isCheckbox: type === 'checkbox',
    isChecked: field.isChecked ?? false,
    hint: field.hint ?? null,
    value: field.value ?? '',
    autocomplete: field.autocomplete ?? null,
    describedBy: described.join(' '),
  };
};
