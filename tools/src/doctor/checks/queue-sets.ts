import type { Binding } from '@groundswell/contracts';
import type { DoctorDatabase } from '../sources/database';

/** What topology-service says must be on the broker for one scope: `system`, or `org:<id>`. */
export interface QueueSetRow {
  scope: string;
  state: 'pending' | 'confirmed' | 'damaged';
  detail: string | null;
  isFull: boolean;
  queues: string[];
  bindings: Binding[];
}

export const systemScope = 'system';

export const queueSets = (database: DoctorDatabase): Promise<QueueSetRow[]> =>
  database.query<QueueSetRow>(
    `select scope, state, detail, is_full as "isFull", queues, bindings from topology.queue_sets order by scope`,
  );
