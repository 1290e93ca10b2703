import {
  mostSelected,
  operatedServices,
  parkedChunkAnswerV1,
  type OperationRequestV1,
  type ParkedChunkAnswerV1,
} from '@groundswell/contracts';
import { Database, ownedSchemas, schemaOwner } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import { InputError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { entityNotFound } from '../catalogue-writing/catalogue-lookup';
import { readPage, type PageSelection } from '../mails/page-selection';
import { MonitorAccess, type MonitorScope } from './monitor-access';
import { checkText } from './monitor-names';
import { OperationsClient } from './operations.client';
import { ParkedReadModel } from './parked.read-model';
import { readServiceRowId, serviceRowId } from './service-row-id';

/** Which parked messages of one service. */
export interface SelectParked {
  service: string;
  queue?: string | null;
  reason?: string | null;
  ids?: readonly string[] | null;
  /** Only those with this id or a smaller one. */
  upTo?: string | null;
}

/** `isComplete`: false when some of the selected were not looked at, since it took too long or the broker takes nothing. */
export interface ParkedChange {
  count: number;
  kept: number;
  fault: string | null;
  isComplete: boolean;
}

/** How long one call goes on asking for the next chunk, ms; then the caller asks again. */
const changeLimitMs = 20_000;

/** Messages that wait for a person's decision (processing.md §7.4), of all services. */
@Injectable()
export class ParkedService {
  constructor(
    private readonly database: Database,
    private readonly access: MonitorAccess,
    private readonly operations: OperationsClient,
  ) {}

  /** Newest first. */
  async list(
    caller: Viewer | null,
    orgName: string | null | undefined,
    select: Pick<SelectParked, 'service' | 'queue' | 'reason'>,
    page: PageSelection,
  ) {
    const scope = await this.access.to(caller, orgName);
    const before = page.after ? ofService(page.after, select.service) : null;
    const { limit } = readPage({ limit: page.limit ?? null });
    const orgId = scope.org?.id ?? null;
    const filter = { orgId, queues: queuesIn(scope, select.queue), reason: select.reason ?? null };
    const rows = await this.modelOf(select.service).list(filter, before, limit);
    return rows.map((row) => ({ ...row, id: serviceRowId(select.service, row.id), service: select.service }));
  }

  /** With what it says, which is written down: it may be personal data. */
  async look(caller: Viewer | null, orgName: string | null | undefined, id: string) {
    const scope = await this.access.toContents(caller, orgName);
    const { service, rowId } = readServiceRowId(id);
    const orgId = scope.org?.id ?? null;
    const row = await this.modelOf(service).find(rowId, orgId);
    if (!row || (scope.org && !scope.org.queues.includes(row.queue))) throw entityNotFound();
    const changeset = { operation: 'lookAtParked', orgId, queue: row.queue };
    await this.access.note(scope.viewer, { resource: 'parked', resourceId: id, changeset });
    const text = row.body.toString('utf8');
    const isText = Buffer.from(text, 'utf8').equals(row.body);
    return {
      ...row,
      ...{ id, service, bytes: row.body.length, isBase64: !isText },
      details: objectOrNull(row.details),
      body: isText ? text : row.body.toString('base64'),
    };
  }

  replay(caller: Viewer | null, orgName: string | null | undefined, select: SelectParked): Promise<ParkedChange> {
    return this.change(caller, orgName, select, 'replay');
  }

  drop(caller: Viewer | null, orgName: string | null | undefined, select: SelectParked): Promise<ParkedChange> {
    return this.change(caller, orgName, select, 'drop');
  }

  /** Those that are there now: one that is parked again meanwhile is a new row, for another time. */
  private async change(
    caller: Viewer | null,
    orgName: string | null | undefined,
    select: SelectParked,
    operation: 'replay' | 'drop',
  ): Promise<ParkedChange> {
    const scope = await this.access.to(caller, orgName);
    const { service, queue = null, reason = null } = select;
    if (queue !== null) checkText(queue, ['select', 'queue']);
    if (reason !== null) checkText(reason, ['select', 'reason']);
    const ids = idsIn(select);
    if (!ids && queue === null) throw InputError.at(['select'], 'must name ids or a queue');
    const model = this.modelOf(service);
    const queues = queuesIn(scope, queue);
    const orgId = scope.org?.id ?? null;
    const changeset = { operation: `${operation}Parked`, orgId, queue, reason, ids };
    await this.access.note(scope.viewer, { resource: 'parked', resourceId: service, changeset });
    const upTo = select.upTo ? ofService(select.upTo, service) : await model.newestId();
    if (upTo === null) return { count: 0, kept: 0, fault: null, isComplete: true };
    return this.askInChunks(service, operation, { upTo, orgId, queues, reason, ids });
  }

  private async askInChunks(
    service: string,
    operation: 'replay' | 'drop',
    selection: Omit<AskedChunk, 'kind' | 'after'>,
  ): Promise<ParkedChange> {
    const client = this.operations.of(service);
    const endAt = performance.now() + changeLimitMs;
    const change: ParkedChange = { count: 0, kept: 0, fault: null, isComplete: false };
    let after: string | null = '0';
    while (after !== null && performance.now() < endAt) {
      const asked: AskedChunk = { kind: `parked_${operation}`, ...selection, after } as const;
      const answer: ParkedChunkAnswerV1 = await client.ask(asked, parkedChunkAnswerV1);
      change.count += answer.done;
      change.kept += answer.kept;
      change.fault ??= answer.fault;
      after = answer.next;
      // The broker takes nothing: the rest of the queue would stay too.
      if (answer.done === 0 && answer.kept > 0 && selection.ids === null) break;
    }
    change.isComplete = after === null;
    return change;
  }

  private modelOf(service: string): ParkedReadModel {
    const schema = ownedSchemas.find((one) => schemaOwner[one] === service);
    if (!schema || !operatedServices.some((one) => one === service)) {
      throw InputError.at(['service'], 'has no parked messages');
    }
    return new ParkedReadModel(this.database, schema);
  }
}

/** Null: any. An org sees its own queues, whatever it asks for. */
function queuesIn({ org }: MonitorScope, queue: string | null | undefined): string[] | null {
  const asked = queue === null || queue === undefined ? null : [queue];
  if (!org) return asked;
  return asked ? asked.filter((name) => org.queues.includes(name)) : [...org.queues];
}

function idsIn({ ids, service }: SelectParked): string[] | null {
  if (!ids) return null;
  if (ids.length > mostSelected) throw InputError.at(['select', 'ids'], 'is too large');
  return ids.map((id) => ofService(id, service));
}

function ofService(id: string, service: string): string {
  const found = readServiceRowId(id);
  if (found.service !== service) throw entityNotFound();
  return found.rowId;
}

/** One chunk of what is asked. */
type AskedChunk = Omit<Extract<OperationRequestV1, { kind: 'parked_replay' | 'parked_drop' }>, 'schema' | 'id'>;

const objectOrNull = (value: unknown): object | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
