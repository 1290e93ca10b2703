import { Tally, type Metrics, type TallySlot } from '@groundswell/observability';

const operations = ['query', 'mutation', 'subscription'] as const;
type Operation = (typeof operations)[number];
/** `errors`: of the caller or foreseen. `fault`: ours. `limited`: too many of them. */
const outcomes = ['ok', 'errors', 'fault', 'limited'] as const;
export type AnswerOutcome = (typeof outcomes)[number];

/** What was answered, and whether the document was known. HTTP says little of it: most answers are 200. */
export class AnswerMetrics {
  private readonly answers: Record<Operation, Record<AnswerOutcome, TallySlot>>;
  private readonly documents: Record<'hit' | 'miss', TallySlot>;

  constructor(metrics: Metrics) {
    const answers = new Tally(
      metrics,
      metrics.counter('groundswell_graphql_answers_total', 'Operations that were run, by how they ended', [
        'operation',
        'outcome',
      ]),
    );
    const lookups = new Tally(
      metrics,
      metrics.counter('groundswell_gateway_cache_lookups_total', 'Look-ups in caches of the gateway', [
        'cache',
        'result',
      ]),
    );
    this.answers = Object.fromEntries(
      operations.map((operation) => [
        operation,
        Object.fromEntries(outcomes.map((outcome) => [outcome, answers.slot({ operation, outcome })])),
      ]),
    ) as Record<Operation, Record<AnswerOutcome, TallySlot>>;
    const lookup = (result: string) => lookups.slot({ cache: 'documents', result });
    this.documents = { hit: lookup('hit'), miss: lookup('miss') };
  }

  count(operation: Operation, outcome: AnswerOutcome): void {
    this.answers[operation][outcome].count += 1;
  }

  countDocument(isKnown: boolean): void {
    this.documents[isKnown ? 'hit' : 'miss'].count += 1;
  }
}
