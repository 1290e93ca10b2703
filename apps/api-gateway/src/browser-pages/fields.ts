import type { FieldProblem } from '../accounts/account-rules';
import { FormRefusedError } from '../accounts/form-refused.error';
import type { Field } from './templates/page';

const passwordHint =
  'At least 12 characters, with a lower case letter, an upper case letter, and a digit or punctuation.';

const problemsOf = (problems: readonly FieldProblem[], field: FieldProblem['field']): string[] =>
  problems.filter((problem) => problem.field === field).map(({ message }) => message);

type Problems = readonly FieldProblem[];

export const emailField = (value: string, problems: Problems = [], label = 'Email'): Field => ({
  id: 'user_email',
  name: 'user[email]',
  label,
  type: 'email',
  autocomplete: 'username',
  value,
  problems: problemsOf(problems, 'email'),
});

export const passwordField = (): Field => ({
  id: 'user_password',
  name: 'user[password]',
  label: 'Password',
  type: 'password',
  autocomplete: 'current-password',
});

export const newPasswordField = (problems: Problems = [], label = 'Password'): Field => ({
  id: 'user_password',
  name: 'user[password]',
  label,
  type: 'password',
  autocomplete: 'new-password',
  hint: passwordHint,
  problems: problemsOf(problems, 'password'),
});

export const confirmationField = (problems: Problems = []): Field => ({
  id: 'user_password_confirmation',
  name: 'user[password_confirmation]',
  label: 'New password again',
  type: 'password',
  autocomplete: 'new-password',
  problems: problemsOf(problems, 'password_confirmation'),
});

/** `id`: two forms of one page have one each. */
export const currentPasswordField = (id: string, problems: Problems = []): Field => ({
  id,
  name: 'current_password',
  label: 'Current password',
  type: 'password',
  autocomplete: 'current-password',
  problems: problemsOf(problems, 'current_password'),
});

/** The problems of a form that was refused, null when it was not. Other errors pass. */
export const problemsIn = async (work: () => Promise<unknown>): Promise<FieldProblem[] | null> => {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof FormRefusedError) return error.problems;
    throw error;
  }
};
