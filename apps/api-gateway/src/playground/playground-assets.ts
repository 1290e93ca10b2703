import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface PlaygroundAsset {
  name: string;
  type: string;
  body: Buffer;
  /** Of the content: goes into its address, so that it may be kept for ever. */
  hash: string;
}

const scriptType = 'text/javascript; charset=utf-8';
const styleType = 'text/css; charset=utf-8';

/** A script of its own, since nothing inline may run. */
const start = `
const { protocol, host } = window.location;
const fetcher = GraphiQL.createFetcher({
  url: '/api',
  subscriptionUrl: (protocol === 'https:' ? 'wss://' : 'ws://') + host + '/api',
});
ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, { fetcher, defaultEditorToolsVisibility: true }),
);
`;

const page = 'html, body, #graphiql { height: 100%; margin: 0; }\n';

/** Packages that are installed beside the built program, found as it would find them. */
const files: readonly [name: string, packageName: string, path: string, type: string][] = [
  ['react.js', 'react', 'umd/react.production.min.js', scriptType],
  ['react-dom.js', 'react-dom', 'umd/react-dom.production.min.js', scriptType],
  ['graphiql.js', 'graphiql', 'graphiql.min.js', scriptType],
  ['graphiql.css', 'graphiql', 'graphiql.min.css', styleType],
];

/** All of the playground but its page, by name, in the order they load. */
export const readPlaygroundAssets = (): PlaygroundAsset[] => {
  const { resolve } = createRequire(import.meta.url);
  const installed = files.map(([name, packageName, path, type]) =>
    assetOf(name, type, readFileSync(join(dirname(resolve(`${packageName}/package.json`)), path))),
  );
  return [
    ...installed,
    assetOf('page.css', styleType, Buffer.from(page)),
    assetOf('start.js', scriptType, Buffer.from(start)),
  ];
};

const assetOf = (name: string, type: string, body: Buffer): PlaygroundAsset => ({
  name,
  type,
  body,
  hash: createHash('sha256').update(body).digest('hex').slice(0, 16),
});
