/** URLs that may come without their user and password, which are then variables of their own: a deployment has passwords in a
 *  secret store, and addresses in plain sight. */
const urlsWithCredentials = new Set([
  'DATABASE_URL',
  'MIGRATION_DATABASE_URL',
  'AMQP_URL',
  'AMQP_MANAGEMENT_URL',
  'REDIS_URL',
]);

const prefixOf = (name: string): string => name.slice(0, -'_URL'.length);
const usernameOf = (name: string): string => `${prefixOf(name)}_USERNAME`;
const passwordOf = (name: string): string => `${prefixOf(name)}_PASSWORD`;

/** `DATABASE_URL` → `DATABASE_USERNAME`, `DATABASE_PASSWORD`; none for a variable that has no such companions. */
export const credentialNamesOf = (name: string): string[] =>
  urlsWithCredentials.has(name) ? [usernameOf(name), passwordOf(name)] : [];

/** The URL of variable `name` with user and password of its companions where those are set (they win over what the URL says).
 *  A text that is no URL comes back as it is, for the field to refuse. */
export function withCredentials(
  name: string,
  text: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (!text || !urlsWithCredentials.has(name)) return text;
  const username = environment[usernameOf(name)];
  const password = environment[passwordOf(name)];
  if ((!username && !password) || !URL.canParse(text)) return text;
  const url = new URL(text);
  if (username) url.username = encodeURIComponent(username);
  if (password) url.password = encodeURIComponent(password);
  return url.href;
}
