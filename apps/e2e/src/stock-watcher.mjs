/**
 * The published @proca/api as the worker that builds widgets runs it: subscribes to upserted pages over its Phoenix socket and
 * prints each as a line of JSON. A process of its own, since the package keeps its socket open for ever.
 * Usage: node stock-watcher.mjs <url> [<org>]
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { admin, link, subscribe } = require('@proca/api');

const [, , url, org] = process.argv;
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
subscribe(link(url), admin.ActionPageUpsertedDocument, org ? { org } : {}).subscribe({
  next: ({ data, errors }) => print({ page: data?.actionPageUpserted, errors }),
  error: (error) => print({ error: String(error?.message ?? error) }),
});
