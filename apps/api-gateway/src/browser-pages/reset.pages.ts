import type { FieldProblem } from '../accounts/account-rules';
import type { PasswordService } from '../accounts/password.service';
import { confirmationField, emailField, newPasswordField, problemsIn } from './fields';
import { neutrally } from './neutral-answer';
import type { PageRoute } from './page-route';
import type { PageVisit } from './page-visit';
import type { Page } from './templates/page';

const path = '/users/reset_password';

const askPage: Page = {
  title: 'Forgot your password?',
  lead: 'We will mail you a link with which you can choose another one.',
  forms: [{ id: 'reset', action: path, button: 'Send the link', fields: [emailField('')] }],
  links: [{ href: '/users/log_in', text: 'Log in' }],
};

const choosePage = (token: string, email: string, problems: FieldProblem[] = []): Page => ({
  title: 'Choose a new password',
  forms: [
    {
      id: 'new-password',
      action: `${path}/${encodeURIComponent(token)}`,
      method: 'put',
      username: email,
      button: 'Save the password',
      fields: [newPasswordField(problems, 'New password'), confirmationField(problems)],
    },
  ],
});

const refuseLink = (visit: PageVisit): void =>
  visit.flash('error', 'Reset password link is invalid or it has expired.').redirect('/');

export const resetPages = (passwords: PasswordService): PageRoute[] => [
  { method: 'GET', path, access: 'visitor', handle: (visit) => visit.show(askPage) },
  {
    method: 'POST',
    path,
    access: 'visitor',
    handle: async (visit) => {
      await neutrally(passwords.requestReset(visit.field('user[email]'), visit.visitor));
      visit
        .flash('info', 'If your email is in our system, you will receive instructions to reset your password shortly.')
        .redirect('/');
    },
  },
  {
    method: 'GET',
    path: `${path}/:token`,
    access: 'visitor',
    handle: async (visit) => {
      const token = visit.param('token');
      const email = await passwords.emailOfLink(token);
      if (email !== null) visit.show(choosePage(token, email));
      else refuseLink(visit);
    },
  },
  {
    method: 'PUT',
    path: `${path}/:token`,
    access: 'visitor',
    handle: async (visit) => {
      const token = visit.param('token');
      const email = await passwords.emailOfLink(token);
      if (email === null) return refuseLink(visit);
      let isReset = false;
      const problems = await problemsIn(async () => {
        const confirmation = visit.field('user[password_confirmation]');
        isReset = await passwords.reset(token, visit.field('user[password]'), confirmation);
      });
      if (problems) return visit.show(choosePage(token, email, problems), 422);
      if (!isReset) return refuseLink(visit);
      visit.flash('info', 'Password reset successfully.').redirect('/users/log_in');
    },
  },
];
