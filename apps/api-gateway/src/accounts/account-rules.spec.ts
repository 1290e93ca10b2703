import { emailProblems, isEmail, newPasswordProblems, passwordProblems } from './account-rules';

const messages = (problems: { message: string }[]): string[] => problems.map(({ message }) => message);

it.each([
  ['', ["can't be blank"]],
  ['ada', ['must have the @ sign and no spaces']],
  ['ada @x.org', ['must have the @ sign and no spaces']],
  [`${'a'.repeat(155)}@x.org`, ['should be at most 160 character(s)']],
  [`${'a'.repeat(154)}@x.org`, []],
  ['ada\0@x.org', ['must have the @ sign and no spaces']],
])('email %j: %j', (email, expected) => {
  expect(messages(emailProblems(email))).toEqual(expected);
  expect(isEmail(email)).toBe(expected.length === 0);
});

it.each([
  ['', ["can't be blank"]],
  ['Short1', ['should be at least 12 character(s)']],
  [`A1${'a'.repeat(79)}`, ['should be at most 80 character(s)']],
  ['UPPERCASE0NLY', ['at least one lower case character']],
  ['lowercase0nly', ['at least one upper case character']],
  ['NoDigitInHere', ['at least one digit or punctuation character']],
  ['Punctuation_too', []],
  ['Abcdefghij12', []],
])('password %j: %j', (password, expected) => {
  expect(messages(passwordProblems(password))).toEqual(expected);
});

it('wants the same password twice', () => {
  expect(newPasswordProblems('Abcdefghij12', 'Abcdefghij13')).toEqual([
    { field: 'password_confirmation', message: 'does not match password' },
  ]);
});
