import type { Sessions } from '../accounts/sessions';
import type { Viewer } from '../auth/access';
import type { PasswordLogin } from '../auth/password-login';
import { emailField, passwordField } from './fields';
import type { PageRoute } from './page-route';
import type { PageVisit } from './page-visit';
import type { Page } from './templates/page';

const path = '/users/log_in';

const page = (email = '', problem?: string): Page => ({
  title: 'Log in',
  forms: [
    {
      id: 'login',
      action: path,
      button: 'Log in',
      problem,
      fields: [
        emailField(email),
        passwordField(),
        { id: 'user_remember_me', name: 'user[remember_me]', label: 'Keep me logged in for 60 days', type: 'checkbox' },
      ],
    },
  ],
  links: [
    { href: '/users/register', text: 'Register' },
    { href: '/users/reset_password', text: 'Forgot your password?' },
  ],
});

/** Opens a session and leads to where the visitor wanted to go. */
export const enter = async (sessions: Sessions, visit: PageVisit, viewer: Viewer, isRemembered = false) => {
  const { token, returnTo } = visit.session;
  visit.logIn(await sessions.open(viewer.userId), viewer, isRemembered);
  if (token !== null) await sessions.close(token);
  return returnTo ?? '/';
};

export const loginPages = (logins: PasswordLogin, sessions: Sessions): PageRoute[] => [
  { method: 'GET', path, access: 'visitor', handle: (visit) => visit.show(page()) },
  {
    method: 'POST',
    path,
    access: 'visitor',
    handle: async (visit) => {
      const email = visit.field('user[email]');
      const viewer = await logins.logIn(email, visit.field('user[password]'), visit.visitor.address);
      if (!viewer) return visit.show(page(email, 'Invalid email or password'), 422);
      visit.redirect(await enter(sessions, visit, viewer, visit.field('user[remember_me]') === 'true'));
    },
  },
  {
    method: 'DELETE',
    path: '/users/log_out',
    access: 'anyone',
    handle: async (visit) => {
      const { token } = visit.session;
      if (token !== null) await sessions.close(token);
      visit.logOut();
      visit.flash('info', 'Logged out successfully.').redirect('/');
    },
  },
];
