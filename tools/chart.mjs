import { writeFileSync } from 'node:fs';
import { asText, fleetFile } from './chart/fleet-file.mjs';
import { inRoot } from './paths.mjs';

/** `node tools/chart.mjs`: writes what the chart's templates know of the code. To be run when a service or a variable comes or goes. */
const file = inRoot('k8s', 'groundswell', 'files', 'fleet.json');
writeFileSync(file, asText(await fleetFile()));
process.stdout.write(`${file} is written\n`);
