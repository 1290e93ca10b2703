import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inRoot, packageBin } from '../paths.mjs';
import { runCommand } from '../setup/command.mjs';

/** Names of our libs that the sources of an app import. */
async function importedBy(app) {
  const folder = inRoot('apps', app, 'src');
  const names = new Set();
  for (const file of await readdir(folder, { recursive: true })) {
    if (!file.endsWith('.ts')) continue;
    const text = await readFile(join(folder, file), 'utf8');
    for (const [, name] of text.matchAll(/from '@groundswell\/([a-z-]+)'/g)) names.add(name);
  }
  return [...names].sort();
}

/** Without these, nx takes a program for unchanged while a lib of it has changed, and leaves the old one in place. */
test('what nx skips a build by knows every lib that a program imports', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'groundswell-graph-'));
  try {
    const file = join(folder, 'graph.json');
    const env = { ...process.env, NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false' };
    await runCommand(process.execPath, [packageBin('nx'), 'graph', `--file=${file}`], { env });
    const { nodes, dependencies } = JSON.parse(await readFile(file, 'utf8')).graph;
    const apps = Object.keys(nodes).filter((name) => nodes[name].data.targets?.build);
    assert.ok(apps.length >= 8, `programs: ${apps.join(', ')}`);
    for (const app of apps) {
      const known = new Set(dependencies[app].map(({ target }) => target));
      const imported = await importedBy(app);
      assert.ok(imported.includes('messaging'), `${app} imports ${imported.join(', ')}`);
      assert.deepEqual(
        imported.filter((name) => !known.has(name)),
        [],
        app,
      );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
