import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { bundle } from './build/bundle.mjs';
import { inDist, inRoot } from './paths.mjs';

/** `node tools/build-app.mjs <app>`: what the `build` target of each app runs. Worker threads are programs beside it. */
const app = process.argv[2];
const entry = inRoot('apps', app ?? '', 'src', 'main.ts');
if (!app || !existsSync(entry)) {
  process.stderr.write(`usage: node tools/build-app.mjs <app>, an app with a src/main.ts\n`);
  process.exit(2);
}
const programs = { [inDist('apps', app, 'main.js')]: entry };
for (const file of readdirSync(inRoot('apps', app, 'src'), { recursive: true })) {
  if (!file.endsWith('.worker.ts')) continue;
  programs[inDist('apps', app, basename(file).replace(/\.ts$/, '.js'))] = inRoot('apps', app, 'src', file);
}
await bundle(programs);
