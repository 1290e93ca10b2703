import type { FieldProblem } from '../accounts/account-rules';
import type { EmailChangeService } from '../accounts/email-change.service';
import type { PasswordService } from '../accounts/password.service';
import type { Sessions } from '../accounts/sessions';
import { confirmationField, currentPasswordField, emailField, newPasswordField, problemsIn } from './fields';
import { enter } from './login.pages';
import type { PageRoute } from './page-route';
import type { PageVisit } from './page-visit';
import type { Page } from './templates/page';

const path = '/users/settings';

interface Problems {
  email?: FieldProblem[];
  password?: FieldProblem[];
}

const page = (own: string, email = own, problems: Problems = {}): Page => ({
  title: 'Settings',
  forms: [
    {
      id: 'update_email',
      heading: 'Change email',
      action: path,
      method: 'put',
      hidden: [{ name: 'action', value: 'update_email' }],
      button: 'Change email',
      fields: [emailField(email, problems.email), currentPasswordField('current_password_for_email', problems.email)],
    },
    {
      id: 'update_password',
      heading: 'Change password',
      action: path,
      method: 'put',
      hidden: [{ name: 'action', value: 'update_password' }],
      username: own,
      button: 'Change password',
      fields: [
        newPasswordField(problems.password, 'New password'),
        confirmationField(problems.password),
        currentPasswordField('current_password_for_password', problems.password),
      ],
    },
  ],
});

export interface SettingsParts {
  passwords: PasswordService;
  emailChanges: EmailChangeService;
  sessions: Sessions;
}

export const settingsPages = ({ passwords, emailChanges, sessions }: SettingsParts): PageRoute[] => {
  const updateEmail = async (visit: PageVisit): Promise<void> => {
    const email = visit.field('user[email]');
    const current = visit.field('current_password');
    const problems = await problemsIn(() => emailChanges.request(visit.member, current, email, visit.visitor));
    if (problems) return visit.show(page(visit.member.email, email, { email: problems }), 422);
    visit.flash('info', 'A link to confirm your email change has been sent to the new address.').redirect(path);
  };
  const updatePassword = async (visit: PageVisit): Promise<void> => {
    const { member } = visit;
    const change = {
      current: visit.field('current_password'),
      password: visit.field('user[password]'),
      confirmation: visit.field('user[password_confirmation]'),
    };
    const problems = await problemsIn(() => passwords.change(member, change, visit.visitor));
    if (problems) return visit.show(page(member.email, member.email, { password: problems }), 422);
    await enter(sessions, visit, member);
    visit.flash('info', 'Password updated successfully.').redirect(path);
  };
  return [
    { method: 'GET', path, access: 'member', handle: (visit) => visit.show(page(visit.member.email)) },
    {
      method: 'PUT',
      path,
      access: 'member',
      handle: (visit) => (visit.field('action') === 'update_password' ? updatePassword(visit) : updateEmail(visit)),
    },
    {
      method: 'GET',
      path: `${path}/confirm_email/:token`,
      access: 'member',
      handle: async (visit) => {
        if (await emailChanges.apply(visit.member, visit.param('token'))) {
          visit.flash('info', 'Email changed successfully.');
        } else {
          visit.flash('error', 'Email change link is invalid or it has expired.');
        }
        visit.redirect(path);
      },
    },
  ];
};
