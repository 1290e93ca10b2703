import type { PageRoute } from './page-route';
import type { Page } from './templates/page';

const forVisitors: Page = {
  title: 'Welcome to Groundswell',
  lead: 'Petitions, letters to those who decide, donations: run your campaigns here.',
  links: [
    { href: '/users/log_in', text: 'Log in', isMain: true },
    { href: '/users/register', text: 'Register' },
  ],
};

const forMembers: Page = {
  title: 'Welcome to Groundswell',
  lead: 'You are logged in.',
  links: [{ href: '/users/settings', text: 'Settings', isMain: true }],
};

export const welcomePages: PageRoute[] = [
  {
    method: 'GET',
    path: '/',
    access: 'anyone',
    handle: (visit) => visit.show(visit.viewer ? forMembers : forVisitors),
  },
];
