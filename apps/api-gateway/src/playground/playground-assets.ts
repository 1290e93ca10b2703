import { createHash, type Hash } from 'node:crypto';
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';

export interface PlaygroundAsset {
  name: string;
  type: string;
  /** From its file each time: what hardly anybody asks for is not kept in memory. */
  open(): Readable;
  bytes: number;
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
export const findPlaygroundAssets = (): PlaygroundAsset[] => {
  const { resolve } = createRequire(import.meta.url);
  const installed = files.map(([name, packageName, path, type]) =>
    assetOfFile(name, type, join(dirname(resolve(`${packageName}/package.json`)), path)),
  );
  return [...installed, assetOfText('page.css', styleType, page), assetOfText('start.js', scriptType, start)];
};

const assetOfFile = (name: string, type: string, file: string): PlaygroundAsset => {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(64 * 1024);
  const opened = openSync(file, 'r');
  try {
    for (let read; (read = readSync(opened, chunk)) > 0;) hash.update(chunk.subarray(0, read));
    return { name, type, hash: addressable(hash), bytes: fstatSync(opened).size, open: () => createReadStream(file) };
  } finally {
    closeSync(opened);
  }
};

const assetOfText = (name: string, type: string, text: string): PlaygroundAsset => ({
  name,
  type,
  hash: addressable(createHash('sha256').update(text)),
  bytes: Buffer.byteLength(text),
  open: () => Readable.from([Buffer.from(text)]),
});

const addressable = (hash: Hash): string => hash.digest('hex').slice(0, 16);
