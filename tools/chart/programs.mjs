import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { bundle } from '../build/bundle.mjs';
import { fleet } from '../fleet.mjs';
import { inRoot } from '../paths.mjs';

/** Programs beside the services whose environment the chart makes: their schemas, and the names they are exported under. */
const OTHERS = {
  migrate: { file: inRoot('libs', 'persistence', 'src', 'migrate-settings.ts'), schema: 'migrateSettings' },
  doctor: { file: inRoot('tools', 'src', 'doctor', 'doctor-settings.ts'), schema: 'doctorSettings' },
  smoke: { file: inRoot('tools', 'src', 'smoke', 'smoke-settings.ts'), schema: 'smokeSettings' },
};

const sourceOf = (programs) => `
${programs.map(({ file, schema }, at) => `import { ${schema} as schema${at} } from '${file.replace(/\.ts$/, '')}';`).join('\n')}
export { queuesRead } from '${inRoot('tools', 'src', 'chart', 'queues-read')}';
export { isSecret, loadConfig, variablesOf } from '@groundswell/config';
export const schemas = { ${programs.map(({ name }, at) => `'${name}': schema${at}`).join(', ')} };
`;

/**
 * The configuration schemas of all services and of the programs above, and what of the code is needed to read them:
 * `{schemas, variablesOf, isSecret, queuesRead}`. Compiled from the sources, so nothing has to be built before.
 */
export const readPrograms = () => (reading ??= compilePrograms());
let reading;

async function compilePrograms() {
  const services = fleet.map(({ name }) => ({
    name,
    file: inRoot('apps', name, 'src', 'config.ts'),
    schema: 'configSchema',
  }));
  const others = Object.entries(OTHERS).map(([name, other]) => ({ name, ...other }));
  // Below the checkout, so that packages are found; by process, as several may do this at a time.
  const dir = inRoot('dist', 'chart', String(process.pid));
  mkdirSync(dir, { recursive: true });
  try {
    const entry = `${dir}/programs.ts`;
    const outfile = `${dir}/programs.js`;
    writeFileSync(entry, sourceOf([...services, ...others]));
    await bundle({ [outfile]: entry });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
