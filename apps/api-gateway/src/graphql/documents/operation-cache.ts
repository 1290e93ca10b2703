import type { GraphQLSchema } from 'graphql';
import { LruCache } from './lru-cache';
import { prepareOperation } from './prepare-operation';
import type { Preparation } from './prepare-operation';

/** Longer documents are prepared and run anew each time. With 500 entries and an AST of some 30 times the text, what
 *  strangers can fill is bounded to about 120 MB; every client document known is under 4 KB. */
export const longestKept = 8_192;
const keptOperations = 500;
const keptRefusals = 100;

/** Prepared operations by document and operation name. Refused documents are kept apart, so that they cannot push
 *  out the good ones. */
export class OperationCache {
  private readonly operations = new LruCache<Preparation>(keptOperations);
  private readonly refusals = new LruCache<Preparation>(keptRefusals);

  /** `onLookup`: whether the document was known. */
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly onLookup: (isKnown: boolean) => void = () => undefined,
  ) {}

  prepare(source: string, operationName: string | null): Preparation {
    const key = operationName === null ? source : `${source}\0${operationName}`;
    if (key.length > longestKept) return prepareOperation(source, operationName, this.schema);
    const known = this.operations.get(key) ?? this.refusals.get(key);
    this.onLookup(known !== undefined);
    if (known) return known;
    const prepared = prepareOperation(source, operationName, this.schema);
    ('errors' in prepared ? this.refusals : this.operations).set(key, prepared);
    return prepared;
  }
}
