import type { RegistrationService } from '../accounts/registration.service';
import type { FieldProblem } from '../accounts/account-rules';
import type { Sessions } from '../accounts/sessions';
import type { Viewer } from '../auth/access';
import { emailField, newPasswordField, problemsIn } from './fields';
import { enter } from './login.pages';
import type { PageRoute } from './page-route';
import type { Page } from './templates/page';

const path = '/users/register';

const page = (email = '', problems: FieldProblem[] = []): Page => ({
  title: 'Register',
  forms: [
    {
      id: 'registration',
      action: path,
      button: 'Register',
      fields: [emailField(email, problems), newPasswordField(problems)],
    },
  ],
  links: [
    { href: '/users/log_in', text: 'Log in' },
    { href: '/users/reset_password', text: 'Forgot your password?' },
  ],
});

export const registrationPages = (registrations: RegistrationService, sessions: Sessions): PageRoute[] => [
  { method: 'GET', path, access: 'visitor', handle: (visit) => visit.show(page()) },
  {
    method: 'POST',
    path,
    access: 'visitor',
    handle: async (visit) => {
      const email = visit.field('user[email]');
      let viewer: Viewer | null = null;
      const problems = await problemsIn(async () => {
        viewer = await registrations.register(email, visit.field('user[password]'), visit.visitor);
      });
      if (problems || !viewer) return visit.show(page(email, problems ?? []), 422);
      const next = await enter(sessions, visit, viewer);
      visit.flash('info', 'User created successfully.').redirect(next);
    },
  },
];
