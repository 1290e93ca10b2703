import { endLeftOver } from './infra/server-state.mjs';
import { inLocal } from './paths.mjs';
import { endNoted, endProcess } from './process/daemon.mjs';
import { ownerOf } from './process/ownership.mjs';
import { say, step } from './setup/progress.mjs';
import { rmSync } from 'node:fs';

/** Services get 20 s each and the broker 30 s before they are made to end; only then is the owner itself taken for stuck. */
const OWNER_GRACE_MS = 150_000;

const owner = ownerOf(inLocal('start.lock'));
if (owner) await step(`stop the fleet of process ${owner.pid}`, () => endProcess(owner, { graceMs: OWNER_GRACE_MS }));

// A killed owner leaves its children; they are noted one by one.
const services = await endNoted(inLocal('pids'));
const servers = await endLeftOver(inLocal('servers'));
const left = services.length + servers.length;
if (left > 0) say(`ended ${left} process(es) that a killed run had left`);
for (const file of ['run.json', 'start.lock']) rmSync(inLocal(file), { force: true });
say(owner || left > 0 ? 'stopped' : 'nothing was running');
