/** Whether an org mails only who has double opted in: `config.doubleOptIn.required` (docs/mailouts.md). */
export function isOptInRequired(config: Record<string, unknown>): boolean {
  const setting = config['doubleOptIn'];
  return typeof setting === 'object' && setting !== null && (setting as Record<string, unknown>)['required'] === true;
}
