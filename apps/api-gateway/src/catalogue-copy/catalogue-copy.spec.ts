import { randomBytes } from 'node:crypto';
import { cryptoReady, SecretEnvelope } from '@groundswell/crypto';
import { IngestQueues } from '../spool/ingest-queues';
import { CatalogueCopy } from './catalogue-copy';
import { decodeCopy, encodeCopy, type CatalogueSnapshot } from './copy-format';
import { FakeCopyStore } from './fake.copy-store';

const aSnapshot = (version = 7): CatalogueSnapshot => ({
  version,
  tables: [
    {
      name: 'orgs',
      columns: ['id', 'name', 'config', 'deletedAt'],
      rows: [
        { id: 1, name: 'a\nb', config: { deletedAt: '2020-01-01T00:00:00.000Z' }, deletedAt: null },
        { id: 2, name: 'ü', config: {}, deletedAt: new Date('2026-01-02T03:04:05.678Z') },
      ],
    },
    { name: 'public_keys', columns: ['id', 'public'], rows: [{ id: 3, public: randomBytes(32) }] },
    { name: 'mtt', columns: ['id'], rows: [] },
  ],
});

/** A catalogue in memory of which only the version counts. */
class ACatalogue {
  restored: CatalogueSnapshot | null = null;
  looks = 0;
  private current = 0;

  get version(): number {
    this.looks += 1;
    return this.current;
  }

  set version(version: number) {
    this.current = version;
  }

  snapshot(): CatalogueSnapshot | null {
    this.looks += 1;
    return this.current === 0 ? null : aSnapshot(this.current);
  }

  restore(snapshot: CatalogueSnapshot): boolean {
    this.restored = snapshot;
    return true;
  }
}

const envelope = new SecretEnvelope([randomBytes(32)]);
let store: FakeCopyStore;
let catalogue: ACatalogue;
let queues: IngestQueues;
let clock: number;
let lines: string[];
const topology = { isSystemConfirmed: true };

beforeAll(cryptoReady);
beforeEach(() => {
  [store, catalogue, queues] = [new FakeCopyStore(), new ACatalogue(), new IngestQueues()];
  [clock, lines, topology.isSystemConfirmed] = [100_000, [], true];
  // What a copy takes to make decides how long the next one waits.
  jest.spyOn(performance, 'now').mockReturnValue(0);
});
afterEach(() => jest.restoreAllMocks());

const aCopy = (): CatalogueCopy => {
  const log = (_fields: object, text: string) => void lines.push(text);
  const logger = { info: log, warn: log, error: log };
  return new CatalogueCopy({ store, envelope, queues, logger, everyMs: 1, now: () => clock });
};

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise(setImmediate);
};

/** Several looks of the copy at its surroundings. */
const someLooks = (): Promise<void> => {
  const enough = catalogue.looks + 5;
  return until(() => catalogue.looks >= enough);
};

it('gives back exactly what was kept', async () => {
  const kept = { catalogue: aSnapshot(), isSystemConfirmed: true };
  expect(await decodeCopy(await encodeCopy(kept))).toEqual(kept);
});

it('gives back many rows, made in several slices', async () => {
  const rows = Array.from({ length: 5_000 }, (_row, id) => ({ id, config: { text: 'x'.repeat(id % 300) } }));
  const kept = {
    catalogue: { version: 1, tables: [{ name: 'pages', columns: ['id', 'config'], rows }] },
    isSystemConfirmed: false,
  };
  expect(await decodeCopy(await encodeCopy(kept))).toEqual(kept);
});

it('keeps each version once, and the state of the queues with it', async () => {
  const copy = aCopy();
  copy.start(catalogue, topology);
  await someLooks();
  expect(store.writes).toBe(0);
  catalogue.version = 7;
  await until(() => store.writes === 1);
  catalogue.version = 8;
  await until(() => store.writes === 2);
  topology.isSystemConfirmed = false;
  await until(() => store.writes === 3);
  await someLooks();
  copy.stop();
  expect([store.writes, store.isClosed]).toEqual([3, true]);
  expect(await decodeCopy(store.copy!.body)).toMatchObject({ catalogue: { version: 8 }, isSystemConfirmed: false });
});

it('writes nothing that another gateway wrote already, and again what the store lost', async () => {
  catalogue.version = 7;
  const [first, second] = [aCopy(), aCopy()];
  first.start(catalogue, topology);
  await until(() => store.writes === 1);
  second.start(catalogue, topology);
  await someLooks();
  expect(store.writes).toBe(1);
  store.copy = null;
  clock += 30_000;
  await until(() => store.copy !== null);
  first.stop();
  second.stop();
});

it('restores what was kept and tells the queues', async () => {
  catalogue.version = 7;
  const copy = aCopy();
  copy.start(catalogue, topology);
  await until(() => store.writes === 1);
  copy.stop();
  const another = aCopy();
  another.prepare();
  expect(await another.restoreInto(catalogue)).toBe(true);
  expect(catalogue.restored?.version).toBe(7);
  expect(queues.isSystemConfirmed).toBe(true);
});

it('leaves the queues alone when somebody has told about them since', async () => {
  store.copy = await stored(true);
  queues.tell(false);
  expect(await aCopy().restoreInto(catalogue)).toBe(true);
  expect(queues.isSystemConfirmed).toBe(false);
});

it.each<[string, () => Promise<void>]>([
  ['there is none', async () => undefined],
  ['the store is away', async () => void (store.isAway = true)],
  [
    'another installation sealed it',
    async () => void (store.copy = await stored(true, new SecretEnvelope([randomBytes(32)]))),
  ],
  [
    'its body was changed',
    async () =>
      void (store.copy = {
        ...(await stored(true)),
        body: await encodeCopy({ catalogue: aSnapshot(9), isSystemConfirmed: true }),
      }),
  ],
  ['it is rubbish', async () => void (store.copy = { stamp: 'x', body: Buffer.from('x'), seal: envelope.seal('x') })],
])('restores nothing when %s', async (_reason, arrange) => {
  await arrange();
  expect(await aCopy().restoreInto(catalogue)).toBe(false);
  expect([catalogue.restored, queues.toldCount]).toEqual([null, 0]);
});

it('warns once while the store is away, and keeps again afterwards', async () => {
  catalogue.version = 7;
  store.isAway = true;
  const copy = aCopy();
  copy.prepare();
  copy.start(catalogue, topology);
  await someLooks();
  expect(lines).toEqual(['no copy of the catalogue is kept']);
  store.isAway = false;
  await until(() => store.writes === 1);
  copy.stop();
  expect(lines).toEqual(['no copy of the catalogue is kept', 'the catalogue is kept again']);
});

async function stored(isSystemConfirmed: boolean, sealedBy = envelope) {
  const before = store;
  store = new FakeCopyStore();
  catalogue.version = 7;
  const copy = new CatalogueCopy({
    store,
    envelope: sealedBy,
    queues: new IngestQueues(),
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    everyMs: 1,
  });
  copy.start(catalogue, { isSystemConfirmed });
  await until(() => store.copy !== null);
  copy.stop();
  const made = store.copy!;
  store = before;
  return made;
}
