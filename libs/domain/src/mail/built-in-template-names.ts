/** Templates that every org has without storing them (email-and-mtt.md §2.4): of mails to users, three for supporters, and one to
 *  owners about what their org pushes; of rules of orgs. */
export const builtInTemplateNames = [
  'user_confirm_email',
  'user_reset_password',
  'user_change_email',
  'add_partner',
  'add_staffer',
  'launch_page',
  'join_campaign',
  'confirm_action',
  'thank_you',
  'supporter_confirm',
  'opt_in',
  'followup_reminder',
  'push_endpoint_disabled',
  'rule_alert',
  'rule_digest',
  'report_ready',
] as const;
