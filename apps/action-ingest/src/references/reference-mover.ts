import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import {
  exchanges,
  factKeys,
  movesPerFact,
  type EraseContactV1,
  type IngestMessageV1,
  type ReferencesMovedV1,
  type RereferenceV1,
} from '@groundswell/contracts';
import type { OutboxMessage } from '@groundswell/persistence';
import { ErasureRepository } from '../erasing/erasure.repository';
import { counterDeltas } from '../storing/counter-deltas';
import { CounterLedger, type PagePlace } from '../storing/counter-ledger';
import { ownMessage } from '../storing/own-message';
import { PeopleLoader } from '../storing/people-loader';
import { bytesOf, canonicalRef, partitionOf } from '../storing/reference';
import { mergedRanks } from './merged-ranks';
import { MovedPersonRepository } from './moved-person.repository';
import { PartitionsNotHeldError } from './partitions-not-held.error';
import { planMoves } from './plan-moves';
import { ReferenceAliasRepository, type PlannedMove } from './reference-alias.repository';

/** What of a batch names persons. */
export interface NamedPersons {
  messages: IngestMessageV1[];
  erasures: EraseContactV1[];
  moves: RereferenceV1[];
}

/** What follows from moves. */
export interface MovedPersons {
  messages: OutboxMessage[];
  /** References under which actions wait for somebody who is known now. */
  crossingRefs: string[];
}

const nobody: MovedPersons = { messages: [], crossingRefs: [] };

/**
 * Brings persons under their present references (docs/adr/0014), before the rest of their batch is stored: those a command names, and
 * those who sign again, by what former recipes make of them. Then what the batch says under former references is said under the present
 * ones. Twice is safe, and so is any order: whoever is moved already is not there any more.
 */
export class ReferenceMover {
  private readonly people = new PeopleLoader();

  constructor(
    private readonly placeOf: (pageId: number) => PagePlace,
    /** Null: this process has no seed, and believes others. What an outdated recipe asks for is left alone. */
    private readonly recipeId: string | null,
  ) {}

  /** `held`: partitions whose locks the transaction has. Throws PartitionsNotHeldError where it needs more, having changed references in
   *  `named` at most: they are as good as before. */
  async apply(manager: EntityManager, named: NamedPersons, held: ReadonlySet<number>): Promise<MovedPersons> {
    const moves = await this.plan(manager, named);
    demand(
      moves.flatMap(({ from, to }) => [from, to]),
      held,
    );
    const moved = moves.length > 0 ? await this.move(manager, moves) : nobody;
    await this.rename(manager, named);
    demand(
      [...named.messages, ...named.erasures].map(({ ref }) => ref),
      held,
    );
    return moved;
  }

  private async plan(manager: EntityManager, { messages, moves }: NamedPersons): Promise<PlannedMove[]> {
    const wanted: PlannedMove[] = moves.map(({ ref, newRef, recipe }) => ({
      from: canonicalRef(ref),
      to: canonicalRef(newRef),
      recipe,
    }));
    const again = messages.flatMap((message) => (message.kind === 'contact' ? formerSelves(message) : []));
    const aliases = new ReferenceAliasRepository(manager);
    if (again.length > 0) {
      const inUse = await aliases.inUse(again.map(({ from }) => from));
      wanted.push(...again.filter(({ from }) => inUse.has(from)));
    }
    const valid = wanted.filter(({ from, to, recipe }) => from !== to && this.isPresent(recipe));
    if (valid.length === 0) return [];
    const presentOf = await aliases.presentOf(valid.flatMap(({ from, to }) => [from, to]));
    // Only a command brings a former reference back: a signature under one has waited since another recipe.
    const commanded = new Set(moves.map(({ newRef }) => canonicalRef(newRef)));
    const current = valid.filter(({ to }) => !presentOf.has(to) || commanded.has(to));
    const former = current.flatMap(({ from }) => (presentOf.has(from) ? [from] : []));
    return planMoves(current, presentOf, former.length > 0 ? await aliases.inUse(former) : new Set());
  }

  private isPresent(recipe: string): boolean {
    return this.recipeId === null || this.recipeId === recipe;
  }

  private async move(manager: EntityManager, moves: PlannedMove[]): Promise<MovedPersons> {
    const persons = new MovedPersonRepository(manager);
    const changes = await this.moveSupporters(manager, persons, moves);
    await persons.moveVolunteers(moves);
    await persons.moveWaiting(moves);
    await new ReferenceAliasRepository(manager).add(moves);
    const present = [...new Set(moves.map(({ to }) => to))];
    const crossingRefs = await persons.carryWaiting(present);
    // Whom an org had erased under one reference has nothing left there under another; what waits still has the one it was made under.
    const erasing = new ErasureRepository(manager);
    const all = [...new Set(moves.flatMap(({ from, to }) => [from, to]))];
    for (const scope of await persons.erasures(all)) await erasing.erase(scope);
    return { messages: [...(await counterDeltas(manager, changes)), ...moveFacts(moves)], crossingRefs };
  }

  /** What changes of the counters, by partition: all of it in that of the present reference, since it is one change. */
  private async moveSupporters(manager: EntityManager, persons: MovedPersonRepository, moves: PlannedMove[]) {
    const toOf = new Map(moves.map(({ from, to }) => [from, to]));
    const refs = new Set(moves.flatMap(({ from, to }) => [from, to]));
    const accepted = await persons.accepted(refs);
    const ranks = mergedRanks(accepted.map((one) => ({ ...one, ref: toOf.get(one.ref) ?? one.ref })));
    const counted = await this.people.counted(
      manager,
      [...refs].map(bytesOf),
      [...ranks].flatMap(([id, rank]) => (rank === 0 ? [id] : [])),
    );
    const counters = new CounterLedger(this.placeOf);
    for (const { ref, supporterId, isCounted, area, actions } of counted) {
      counters.seed(ref, partitionOf(toOf.get(ref) ?? ref), supporterId, isCounted, area, actions);
    }
    for (const { ref, supporterId, isCounted, area } of counted) {
      const to = toOf.get(ref) ?? ref;
      const rank = ranks.get(supporterId);
      if (to !== ref) counters.move(ref, to, partitionOf(to), supporterId);
      counters.setCounted(to, partitionOf(to), supporterId, area, rank === undefined ? isCounted : rank === 0);
    }
    await persons.moveSupporters(moves, ranks);
    return counters.results();
  }

  /** What comes under a former reference is about whoever has the present one. */
  private async rename(manager: EntityManager, { messages, erasures }: NamedPersons): Promise<void> {
    const refs = new Set<string>();
    for (const erasure of erasures) refs.add((erasure.ref = canonicalRef(erasure.ref)));
    for (const message of messages) {
      refs.add(message.ref);
      if (message.kind === 'contact' && message.carriedRef !== null) refs.add(message.carriedRef);
      if (message.kind === 'link') for (const ref of message.linkRefs) refs.add(ref);
    }
    if (refs.size === 0) return;
    const presentOf = await new ReferenceAliasRepository(manager).presentOf(refs);
    if (presentOf.size === 0) return;
    const present = (ref: string): string => presentOf.get(ref) ?? ref;
    for (const erasure of erasures) erasure.ref = present(erasure.ref);
    for (const message of messages) renameIn(message, present);
  }
}

function renameIn(message: IngestMessageV1, present: (ref: string) => string): void {
  const ref = present(message.ref);
  // Which recipe made the reference that the message had says nothing about this one.
  if (message.kind === 'contact' && ref !== message.ref) delete message.recipe;
  message.ref = ref;
  if (message.kind === 'contact' && message.carriedRef !== null) message.carriedRef = present(message.carriedRef);
  if (message.kind === 'link') message.linkRefs = message.linkRefs.map(present);
}

function formerSelves({ ref, recipe, formerRefs = [] }: Extract<IngestMessageV1, { kind: 'contact' }>): PlannedMove[] {
  return recipe === undefined ? [] : formerRefs.map((former) => ({ from: canonicalRef(former), to: ref, recipe }));
}

function demand(refs: readonly string[], held: ReadonlySet<number>): void {
  const missing = new Set(refs.map(partitionOf).filter((partition) => !held.has(partition)));
  if (missing.size > 0) throw new PartitionsNotHeldError([...missing]);
}

function moveFacts(moves: readonly PlannedMove[]): OutboxMessage[] {
  const messages: OutboxMessage[] = [];
  for (let from = 0; from < moves.length; from += movesPerFact) {
    const body: ReferencesMovedV1 = {
      schema: 'groundswell:references-moved:1',
      moves: moves.slice(from, from + movesPerFact).map((move) => ({ from: move.from, to: move.to })),
    };
    messages.push(ownMessage(`references-moved:${randomUUID()}`, exchanges.event, factKeys.referencesMoved, body));
  }
  return messages;
}
