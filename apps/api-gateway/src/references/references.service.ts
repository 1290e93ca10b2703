import { recalculateReferencesAnswerV1, referenceRefusals } from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import { Database } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import { ApiError } from '../api/api-error';
import { ActionIngestClient } from '../asking/action-ingest.client';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { requireAnyOf } from '../users/permission-guard';

export interface RecalculationView {
  /** Of schema actions. */
  jobId: string;
  alreadyRunning: boolean;
}

/** Has the references of all supporters brought onto the present recipe (docs/references.md): asked of action-ingest. */
@Injectable()
export class ReferencesService {
  constructor(
    private readonly database: Database,
    private readonly ingest: ActionIngestClient,
  ) {}

  async recalculate(caller: Viewer | null): Promise<RecalculationView> {
    const { userId } = requireAnyOf({ viewer: caller, membership: null }, 'manage_orgs');
    const by = String(userId);
    const changeset = { operation: 'recalculateReferences' };
    // Before it is asked, so nothing is done unseen.
    await this.database.run((manager) =>
      new AuditRepository(manager).insert(by, [{ resource: 'job', resourceId: 'actions', changeset }]),
    );
    try {
      const asked = { kind: 'recalculate_references' as const, requestedBy: `user ${by}` };
      const { jobId, alreadyRunning } = await this.ingest.ask(asked, recalculateReferencesAnswerV1);
      return { jobId: String(jobId), alreadyRunning };
    } catch (error) {
      if (!(error instanceof RpcRefusedError) || error.code !== referenceRefusals.notConfigured) throw error;
      throw new ApiError(null, error.message, { reason: 'not_configured' }, { cause: error });
    }
  }
}
