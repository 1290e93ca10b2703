import { existsSync } from 'node:fs';
import { bundle } from './build/bundle.mjs';
import { inDist, inRoot } from './paths.mjs';

/** `node tools/build-app.mjs <app>`: what the `build` target of each app runs. */
const app = process.argv[2];
const entry = inRoot('apps', app ?? '', 'src', 'main.ts');
if (!app || !existsSync(entry)) {
  process.stderr.write(`usage: node tools/build-app.mjs <app>, an app with a src/main.ts\n`);
  process.exit(2);
}
await bundle({ [inDist('apps', app, 'main.js')]: entry });
