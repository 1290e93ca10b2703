import { uuidV7 } from '@groundswell/crypto';
import { blankError } from '@groundswell/domain';
import type { EntityManager } from 'typeorm';
import { InputError, type InputProblem } from '../api/api-error';
import { takenError } from '../catalogue-writing/taken-name';
import { pathOf, readTargetInputs, type GivenTarget, type TargetColumns, type TargetInput } from './target-input';
import { TargetRepository, type KnownTarget, type TargetRow } from './target.repository';

export type OutdatedTargets = 'KEEP' | 'DISABLE' | 'DELETE';

export interface TargetCounts {
  listed: number;
  made: number;
  disabled: number;
  deleted: number;
}

const emptyColumns: Omit<TargetColumns, 'name'> = { locale: null, area: null, fields: {} };

/**
 * Brings the targets of a campaign in line with a list, inside one catalogue transaction; anything wrong throws and so
 * undoes all of it. A deleted target that is listed again is a new one, but has the id its mails may still name.
 */
export class TargetChanges {
  private readonly repository: TargetRepository;

  constructor(manager: EntityManager, campaignId: number) {
    this.repository = new TargetRepository(manager, campaignId);
  }

  async apply(inputs: TargetInput[], outdated: OutdatedTargets): Promise<TargetCounts> {
    const { targets, problems } = readTargetInputs(inputs);
    const externalIds = targets.map(({ externalId }) => externalId);
    const known = new Map((await this.repository.findKnown(externalIds)).map((row) => [row.externalId, row]));
    const live = (externalId: string): KnownTarget | undefined =>
      known.get(externalId)?.isDeleted ? undefined : known.get(externalId);
    const taken = await this.repository.findTaken(externalIds);
    refuse([...problems, ...targets.flatMap((target) => newTargetProblems(target, live(target.externalId), taken))]);
    const rows = new Map(targets.map((target) => [target.externalId, toRow(target, known.get(target.externalId))]));
    await this.repository.save([...rows.values()]);
    await this.saveEmails(
      targets.map((target) => ({
        targetId: rows.get(target.externalId)?.id ?? '',
        emails: target.emails ?? (live(target.externalId) ? null : []),
      })),
    );
    const made = targets.filter(({ externalId }) => !live(externalId)).length;
    return { listed: targets.length, made, ...(await this.leaveOut(externalIds, outdated)) };
  }

  private async saveEmails(targets: { targetId: string; emails: string[] | null }[]): Promise<void> {
    await this.repository.replaceEmails(
      targets.flatMap(({ targetId, emails }) => (emails ? { targetId, emails } : [])),
    );
    await this.repository.enableEmails(targets.map(({ targetId }) => targetId));
  }

  private async leaveOut(
    externalIds: string[],
    outdated: OutdatedTargets,
  ): Promise<Pick<TargetCounts, 'disabled' | 'deleted'>> {
    if (outdated === 'KEEP') return { disabled: 0, deleted: 0 };
    const others = await this.repository.findOthers(externalIds);
    const ids = others.map(({ id }) => id);
    if (outdated === 'DISABLE') {
      await this.repository.disableEmails(ids);
      return { disabled: ids.length, deleted: 0 };
    }
    const used = others.filter(({ hasMessages }) => hasMessages);
    refuse(used.map(({ id }) => ({ path: ['targets', id, 'messages'], message: 'has messages' })));
    await this.repository.markDeleted(ids);
    return { disabled: 0, deleted: ids.length };
  }
}

function newTargetProblems(target: GivenTarget, live: KnownTarget | undefined, taken: Set<string>): InputProblem[] {
  if (live) return [];
  const at = pathOf(target.index);
  const problems: InputProblem[] = [];
  if (taken.has(target.externalId)) problems.push({ path: [...at, 'externalId'], message: takenError });
  if (target.columns.name === undefined) problems.push({ path: [...at, 'name'], message: blankError });
  return problems;
}

const toRow = ({ externalId, columns }: GivenTarget, known: KnownTarget | undefined): TargetRow => ({
  ...emptyColumns,
  name: '',
  ...(known && !known.isDeleted
    ? { name: known.name, locale: known.locale, area: known.area, fields: known.fields }
    : {}),
  ...columns,
  id: known?.id ?? uuidV7(),
  externalId,
});

function refuse(problems: InputProblem[]): void {
  if (problems.length > 0) throw new InputError(problems);
}
