import type { EntityManager } from 'typeorm';
import { byteaArray, int8Array, preparedQuery } from '@groundswell/persistence';
import type { ActionState, SupporterState } from '../storing/batch-state';
import { bytesOf } from '../storing/reference';
import { StateReader } from '../storing/state-reader';

/** An action as it stands, for a message to one org. */
export interface RequeueState {
  action: ActionState;
  /** With the contact record of the asked org only. */
  supporter: SupporterState;
  /** The org had this person erased after they were accepted. */
  isErased: boolean;
  /** Moderators' code, if the action ever came to that stage. */
  code: string | null;
}

/** Reads what rebuilding messages takes: five statements, whatever the number of actions. */
export class RequeueStateLoader {
  private readonly states: StateReader;

  constructor(orgOfPage: (pageId: number) => number | undefined) {
    this.states = new StateReader(orgOfPage);
  }

  /** By action id; actions that are gone or belong to no supporter are left out. */
  async load(manager: EntityManager, orgId: number, actionIds: number[]): Promise<Map<number, RequeueState>> {
    const rows = await this.states.actionRows(manager, 'a.id = any($1::bigint[])', [int8Array(actionIds)]);
    const supporterIds = [...new Set(rows.flatMap(({ supporter_id: id }) => id ?? []))];
    const supporters = await this.states.supporters(manager, supporterIds);
    for (const supporter of supporters.values()) {
      supporter.contacts = supporter.contacts.filter((contact) => contact.orgId === orgId);
    }
    const erased = await this.erasedSupporters(manager, orgId, [...supporters.values()]);
    const codes = await this.codes(manager, actionIds);
    const loaded = new Map<number, RequeueState>();
    for (const row of rows) {
      const supporter = supporters.get(row.supporter_id ?? 0);
      if (!supporter) continue;
      const action = this.states.actionOf(row, supporter);
      loaded.set(row.id, {
        action,
        supporter,
        isErased: erased.has(supporter),
        code: codes.get(row.id) ?? null,
      });
    }
    return loaded;
  }

  private async erasedSupporters(
    manager: EntityManager,
    orgId: number,
    supporters: SupporterState[],
  ): Promise<Set<SupporterState>> {
    if (supporters.length === 0) return new Set();
    const rows = await preparedQuery<{ ref: Buffer; erased_at: Date }>(
      manager,
      'select ref, erased_at from catalog.erasures where org_id = $1 and ref = any($2::bytea[])',
      [orgId, byteaArray(supporters.map(({ ref }) => bytesOf(ref)))],
    );
    return new Set(
      supporters.filter(({ ref, acceptedAt }) =>
        rows.some((row) => row.ref.equals(bytesOf(ref)) && row.erased_at > acceptedAt),
      ),
    );
  }

  private async codes(manager: EntityManager, actionIds: number[]): Promise<Map<number, string>> {
    const rows = await preparedQuery<{ action_id: number; code: string }>(
      manager,
      'select action_id, code from actions.action_confirms where action_id = any($1::bigint[])',
      [int8Array(actionIds)],
    );
    return new Map(rows.map((row) => [row.action_id, row.code]));
  }
}
