import { parentPort, workerData } from 'node:worker_threads';
import { addressHasherOf } from '../../deliveries/keyed-address';
import type { ToWorker, WorkerSettings } from './page-messages';
import { PagePreparer } from './page-preparer';

if (!parentPort) throw new Error('this program is a worker thread');
const port = parentPort;
const { addressKey, gapMs } = workerData as WorkerSettings;
const preparer = new PagePreparer(port, addressHasherOf(Buffer.from(addressKey)), gapMs);
port.on('message', (message: ToWorker) => void preparer.receive(message));
