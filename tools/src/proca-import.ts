import { z } from 'zod';
import { loadConfigOrExit, secret } from '@groundswell/config';
import { cryptoReady, SecretEnvelope } from '@groundswell/crypto';
import { checkBefore } from './proca-import/checks';
import { tableCopies } from './proca-import/copies/copies';
import { readArguments, usage, type ImportArguments } from './proca-import/import-arguments';
import { ImportRun } from './proca-import/import-run';
import { OldReader } from './proca-import/old-reader';
import { isWhole, reportText, type ImportReport } from './proca-import/report';
import { Sealer } from './proca-import/sealer';
import { takeSteps } from './proca-import/steps/steps';
import { Target } from './proca-import/target';
import { verify } from './proca-import/verification';
import { runMain } from './runs/run-client';

/*
 * Brings the database of a Proca server over (docs/migrating-from-proca.md). Stopped anywhere, it goes on at the next run; a run without
 * news changes nothing.
 *
 *   node dist/tools/proca-import.js --from postgres://… --to postgres://…
 */
const incompleteExit = 3;

const configSchema = z
  .object({
    ENVELOPE_KEY: secret().optional(),
    ENVELOPE_KEY_FILE: z.string().optional(),
    FINGERPRINT_SEED: secret().optional(),
    ORG_NAME: z.string().default('instance'),
    PROCA_DATABASE_URL: secret().optional(),
    DATABASE_URL: secret().optional(),
  })
  .refine((config) => config.ENVELOPE_KEY || config.ENVELOPE_KEY_FILE, {
    path: ['ENVELOPE_KEY'],
    message: 'neither ENVELOPE_KEY nor ENVELOPE_KEY_FILE is set',
  });

type Settings = z.output<typeof configSchema>;

const tell = (line: string): void => void process.stderr.write(`${line}\n`);

async function importAll(
  options: ImportArguments,
  settings: Settings,
  old: OldReader,
  target: Target,
): Promise<ImportReport> {
  const startedAt = performance.now();
  const copies = tableCopies(old.literal(settings.ORG_NAME));
  const { refusals, notices } = await checkBefore(old, target, copies, {
    instanceOrg: settings.ORG_NAME,
    fingerprintSeed: settings.FINGERPRINT_SEED ?? null,
  });
  if (refusals.length > 0) throw new Error(`nothing was written:\n${refusals.join('\n')}`);
  await target.prepare();
  const envelope = settings.ENVELOPE_KEY
    ? SecretEnvelope.fromText(settings.ENVELOPE_KEY)
    : SecretEnvelope.fromFile(settings.ENVELOPE_KEY_FILE ?? '');
  const run = new ImportRun(old, target, new Sealer(envelope, target), tell);
  const { isDry } = options;
  const tables = await run.copy(copies, { isDry });
  const steps = isDry ? null : await takeSteps(old, target, copies, options);
  const seconds = (performance.now() - startedAt) / 1_000;
  const verification = isDry ? null : await verify(old, target, copies);
  return { isDry, tables, steps, notices, verification, seconds };
}

async function main(): Promise<void> {
  const settings = loadConfigOrExit(configSchema);
  const given = { from: settings.PROCA_DATABASE_URL, to: settings.DATABASE_URL };
  const options = readArguments(process.argv.slice(2), given);
  await cryptoReady();
  const target = await Target.open(options.to, options.isDry);
  try {
    if (!(await target.lock())) throw new Error('another import into this database is under way');
    const old = await OldReader.open(options.from, options.schema);
    try {
      const report = await importAll(options, settings, old, target);
      process.stdout.write(`${options.isJson ? JSON.stringify(report) : reportText(report)}\n`);
      if (!isWhole(report)) process.exitCode = incompleteExit;
    } finally {
      await old.close();
    }
  } finally {
    await target.close();
  }
}

await runMain(main, usage);
