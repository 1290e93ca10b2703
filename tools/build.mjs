import { fileURLToPath } from 'node:url';
import { bundle } from './build/bundle.mjs';
import { compileMailTemplates } from './build/mail-templates.mjs';
import { extraPrograms } from './build/programs.mjs';
import { packageBin } from './paths.mjs';
import { bootstrap } from './setup/bootstrap.mjs';
import { runCommand } from './setup/command.mjs';
import { step } from './setup/progress.mjs';

/**
 * Builds every app through nx, which skips what has not changed, and the programs beside them. With GROUNDSWELL_DIST the
 * programs come built from elsewhere.
 */
export async function buildAll({ signal, log } = {}) {
  if (process.env.GROUNDSWELL_DIST) return;
  await compileMailTemplates();
  // The plugins of nx that run in processes of their own take longer to start than this build takes.
  const env = {
    ...process.env,
    NX_DAEMON: 'false',
    NX_ISOLATE_PLUGINS: 'false',
    NX_TUI: 'false',
    FORCE_COLOR: '0',
    NODE_OPTIONS: '',
  };
  const nx = [packageBin('nx'), 'run-many', '-t', 'build', '--outputStyle=static'];
  await runCommand(process.execPath, nx, { env, signal, log });
  await bundle(extraPrograms());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await bootstrap();
  await step('build', () => buildAll());
}
