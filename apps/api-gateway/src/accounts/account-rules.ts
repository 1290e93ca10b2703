import { isStorableText } from '@groundswell/domain';

/** One violated rule of a form; the texts are those of email-and-mtt.md §7.1. */
export interface FieldProblem {
  field: 'email' | 'password' | 'password_confirmation' | 'current_password';
  message: string;
}

const longestEmail = 160;
const password = { shortest: 12, longest: 80 };

const emailForm = /^[^\s]+@[^\s]+$/;

const passwordForms: [RegExp, string][] = [
  [/[a-z]/, 'at least one lower case character'],
  [/[A-Z]/, 'at least one upper case character'],
  [/[!?@#$%^&*_0-9]/, 'at least one digit or punctuation character'],
];

/** Characters as people count them. */
const lengthOf = (text: string): number => [...text].length;

export const isEmail = (text: string): boolean =>
  emailForm.test(text) && lengthOf(text) <= longestEmail && isStorableText(text);

export const emailProblems = (email: string): FieldProblem[] => {
  if (email === '') return [{ field: 'email', message: "can't be blank" }];
  const messages = [
    ...(emailForm.test(email) && isStorableText(email) ? [] : ['must have the @ sign and no spaces']),
    ...(lengthOf(email) > longestEmail ? [`should be at most ${longestEmail} character(s)`] : []),
  ];
  return messages.map((message) => ({ field: 'email', message }));
};

export const passwordProblems = (text: string): FieldProblem[] => {
  if (text === '') return [{ field: 'password', message: "can't be blank" }];
  const length = lengthOf(text);
  const messages = [
    ...(length < password.shortest ? [`should be at least ${password.shortest} character(s)`] : []),
    ...(length > password.longest ? [`should be at most ${password.longest} character(s)`] : []),
    ...passwordForms.filter(([form]) => !form.test(text)).map(([, message]) => message),
  ];
  return messages.map((message) => ({ field: 'password', message }));
};

/** A new password typed twice. */
export const newPasswordProblems = (text: string, confirmation: string): FieldProblem[] => [
  ...passwordProblems(text),
  ...(text === confirmation ? [] : [{ field: 'password_confirmation' as const, message: 'does not match password' }]),
];
