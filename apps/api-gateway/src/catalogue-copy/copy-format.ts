import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, createGzip, gunzip } from 'node:zlib';
import type { Catalogue } from '@groundswell/persistence';

export type CatalogueSnapshot = NonNullable<ReturnType<Catalogue['snapshot']>>;

/** What a gateway must know to sign while the database is away. */
export interface KeptCatalogue {
  catalogue: CatalogueSnapshot;
  /** Whether topology-service had confirmed the ingest queues. */
  isSystemConfirmed: boolean;
}

type Kind = 'instant' | 'bytes';

/** The last line; before it stands one line for each row, an array of its columns. */
interface Trailer {
  format: typeof format;
  version: number;
  isSystemConfirmed: boolean;
  tables: { name: string; columns: readonly string[]; count: number }[];
  /** Columns whose values are no plain JSON, as `table.column`. */
  kinds: Record<string, Kind>;
}

const format = 1;
/** Turned into text between two turns of the event loop. */
const sliceLength = 128 * 1024;
const unzip = promisify(gunzip);

/** Gzipped lines of JSON. Signing goes on beside it: text is made in slices, and compressed in another thread. */
export const encodeCopy = (kept: KeptCatalogue): Promise<Buffer> =>
  pipeline(slicesOf(kept), createGzip({ level: constants.Z_BEST_SPEED }), (zipped: AsyncIterable<Buffer>) =>
    buffer(zipped),
  );

/** Null for a copy of another format. Throws when the bytes are no copy at all. */
export async function decodeCopy(bytes: Buffer): Promise<KeptCatalogue | null> {
  const lines = (await unzip(bytes)).toString('utf8').split('\n');
  const trailer = JSON.parse(lines.at(-1) ?? '') as Trailer;
  if (trailer.format !== format) return null;
  let next = 0;
  const tables = trailer.tables.map(({ name, columns, count }) => {
    const read = columns.map((column) => ({ column, kind: trailer.kinds[`${name}.${column}`] }));
    const rows = lines.slice(next, (next += count)).map((line) => {
      const values = JSON.parse(line) as unknown[];
      return Object.fromEntries(read.map(({ column, kind }, index) => [column, fromJson(kind, values[index])]));
    });
    return { name, columns, rows };
  });
  return { catalogue: { version: trailer.version, tables }, isSystemConfirmed: trailer.isSystemConfirmed };
}

async function* slicesOf({ catalogue, isSystemConfirmed }: KeptCatalogue): AsyncGenerator<string> {
  const kinds: Record<string, Kind> = {};
  let slice = '';
  for (const { name, columns, rows } of catalogue.tables) {
    for (const row of rows as Record<string, unknown>[]) {
      slice += `${JSON.stringify(columns.map((column) => toJson(kinds, `${name}.${column}`, row[column])))}\n`;
      if (slice.length < sliceLength) continue;
      yield slice;
      slice = '';
      await nextTurn();
    }
  }
  const tables = catalogue.tables.map(({ name, columns, rows }) => ({ name, columns, count: rows.length }));
  const trailer: Trailer = { format, version: catalogue.version, isSystemConfirmed, tables, kinds };
  yield slice + JSON.stringify(trailer);
}

function toJson(kinds: Record<string, Kind>, column: string, value: unknown): unknown {
  if (value instanceof Date) {
    kinds[column] = 'instant';
    return value.toISOString();
  }
  if (Buffer.isBuffer(value)) {
    kinds[column] = 'bytes';
    return value.toString('base64');
  }
  return value;
}

function fromJson(kind: Kind | undefined, value: unknown): unknown {
  if (kind === undefined || typeof value !== 'string') return value;
  return kind === 'instant' ? new Date(value) : Buffer.from(value, 'base64');
}
