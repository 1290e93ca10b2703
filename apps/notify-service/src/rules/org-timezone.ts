import { isTimezone } from '@groundswell/domain';
import type { CatalogueOrg } from '@groundswell/persistence';

/** `config.timezone` of an org, an IANA name; UTC where there is none that this platform knows. */
export function orgTimezone({ config }: Pick<CatalogueOrg, 'config'>): string {
  const { timezone } = config;
  return typeof timezone === 'string' && timezone !== '' && isTimezone(timezone) ? timezone : 'UTC';
}
