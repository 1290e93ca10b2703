import { migrationNames } from '@groundswell/persistence';
import { fault, notice, type Check, type Finding, type Look } from '../check';
import { groupedBy } from '../grouped-by';
import type { ServiceAnswer } from '../sources/services';
import type { Sources } from '../sources/sources';

const buildLine = /^groundswell_build_info\{([^}]*)\} 1$/m;

export interface Build {
  about: string;
  name: string;
  version: string;
  schema: string;
}

/** All processes are of one release, and the schema is one they can work with. */
export class ReleasesCheck implements Check {
  readonly id = 'releases';
  readonly title = 'all services are of one release, and fit the schema';
  readonly settles = true;

  async look(sources: Sources): Promise<Look> {
    const answers = (await sources.services().get('/metrics')).filter(({ fault: why }) => why === null);
    const builds = answers.flatMap((answer) => buildOf(answer) ?? []);
    const silent = answers.filter((answer) => buildOf(answer) === null);
    const rows = sources.has.database
      ? await (
          await sources.database()
        ).query<{ name: string }>('select name from public.schema_migrations order by id')
      : [];
    return {
      findings: [
        ...silent.map(({ name, url }) =>
          notice(`${name} at ${new URL(url).host}`, 'does not say what release it is of'),
        ),
        ...releaseFindings(
          builds,
          rows.map(({ name }) => name),
        ),
      ],
      figures: { releases: [...new Set(builds.map(({ version }) => version))].join(', ') || 'none' },
    };
  }
}

function buildOf({ name, url, body }: ServiceAnswer): Build | null {
  const labels = buildLine.exec(body)?.[1];
  if (labels === undefined) return null;
  const label = (wanted: string): string => new RegExp(`(?:^|,)${wanted}="([^"]*)"`).exec(labels)?.[1] ?? '';
  return { about: `${name} at ${new URL(url).host}`, name, version: label('version'), schema: label('schema') };
}

/** `ran`: migrations of the database; empty where it is not looked at. */
export function releaseFindings(builds: readonly Build[], ran: readonly string[]): Finding[] {
  const byVersion = [...groupedBy(builds, ({ version }) => version)].sort((a, b) => b[1].length - a[1].length);
  const [main, ...others] = byVersion;
  const findings = others.flatMap(([version, found]) =>
    found.map(({ about }) => fault(about, `is release ${version}, most are ${main?.[0]}`)),
  );
  if (ran.length === 0) return findings;
  for (const { about, schema } of builds) {
    if (!ran.includes(schema)) {
      findings.push(fault(`${about} schema`, `was built for ${schema}, which has not run here`));
    } else if (migrationNames.includes(schema) && ran.at(-1) !== schema) {
      findings.push(notice(`${about} schema`, `was built for ${schema}, the schema is at ${ran.at(-1)}`));
    }
  }
  return findings;
}
