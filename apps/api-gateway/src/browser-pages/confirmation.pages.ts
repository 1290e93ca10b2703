import type { RegistrationService } from '../accounts/registration.service';
import { emailField } from './fields';
import { neutrally } from './neutral-answer';
import type { PageRoute } from './page-route';

const path = '/users/confirm';

export const confirmationPages = (registrations: RegistrationService): PageRoute[] => [
  {
    method: 'GET',
    path,
    access: 'anyone',
    handle: (visit) =>
      visit.show({
        title: 'Confirm your account',
        lead: 'We can send you the confirmation mail again.',
        forms: [{ id: 'resend', action: path, button: 'Send again', fields: [emailField(visit.viewer?.email ?? '')] }],
      }),
  },
  {
    method: 'POST',
    path,
    access: 'anyone',
    handle: async (visit) => {
      await neutrally(registrations.resend(visit.field('user[email]'), visit.visitor));
      visit
        .flash(
          'info',
          'If your email is in our system and it has not been confirmed yet, you will receive an email with instructions shortly.',
        )
        .redirect('/');
    },
  },
  {
    method: 'GET',
    path: `${path}/:token`,
    access: 'anyone',
    handle: (visit) =>
      visit.show({
        title: 'Confirm your account',
        lead: 'One step is left: please confirm that this account is yours.',
        forms: [
          {
            id: 'confirmation',
            action: `${path}/${encodeURIComponent(visit.param('token'))}`,
            button: 'Confirm my account',
          },
        ],
      }),
  },
  {
    method: 'POST',
    path: `${path}/:token`,
    access: 'anyone',
    handle: async (visit) => {
      if (await registrations.confirm(visit.param('token'))) visit.flash('info', 'User confirmed successfully.');
      else visit.flash('error', 'User confirmation link is invalid or it has expired.');
      visit.redirect('/');
    },
  },
];
