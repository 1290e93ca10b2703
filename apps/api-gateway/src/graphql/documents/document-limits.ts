import { GraphQLError } from 'graphql';
import type { DocumentNode, GraphQLSchema, SelectionSetNode } from 'graphql';
import { sizeOf } from './document-size';

/** What a document may ask for. The largest of the 79 client documents (CLI 2.5.1, @proca/api 2.3.4) has 45 selections,
 *  6 levels, no alias and cost 491; the introspection of graphql-js with everything on 81 selections, 15 levels, cost 81. */
export const documentLimits = {
  /** Fields and fragments as they are written, all operations together: validation compares them with each other. */
  selections: 1_000,
  /** Levels of fields of one operation. */
  depth: 60,
  /** Renamed fields of one operation: how often it may ask the same thing. */
  aliases: 100,
  /** Fields of one operation, each times the rows of the lists around it (document-size.ts). */
  cost: 10_000,
} as const;

const words: Readonly<Record<keyof typeof documentLimits, (count: string, limit: number) => string>> = {
  selections: (count, limit) => `Document has ${count} selections, at most ${limit} are allowed`,
  depth: (count, limit) => `Document is nested ${count} levels deep, at most ${limit} are allowed`,
  aliases: (count, limit) => `Document has ${count} aliases, at most ${limit} are allowed`,
  cost: (count, limit) => `Document has cost ${count}, at most ${limit} is allowed`,
};

/** Figures above that are no longer exact: fragments within fragments multiply. */
const largestExact = 1_000_000_000;

/** Throws a GraphQLError that says what is too much. Takes time in proportion to `selections` at most, whatever the
 *  document; the parser's limit of tokens comes before. */
export const checkLimits = (document: DocumentNode, schema: GraphQLSchema): void => {
  refuseMore('selections', writtenSelections(document));
  const { depth, aliases, cost } = sizeOf(document, schema);
  refuseMore('depth', depth);
  refuseMore('aliases', aliases);
  refuseMore('cost', cost);
};

const refuseMore = (what: keyof typeof documentLimits, count: number): void => {
  const limit = documentLimits[what];
  if (count <= limit) return;
  const shown = count <= largestExact ? String(count) : `more than ${largestExact}`;
  throw new GraphQLError(words[what](shown, limit));
};

/** Stops counting soon after the limit. */
const writtenSelections = (document: DocumentNode): number => {
  const open: SelectionSetNode[] = [];
  for (const definition of document.definitions) {
    if ('selectionSet' in definition && definition.selectionSet) open.push(definition.selectionSet);
  }
  let count = 0;
  for (let set = open.pop(); set && count <= documentLimits.selections; set = open.pop()) {
    count += set.selections.length;
    for (const selection of set.selections) {
      if ('selectionSet' in selection && selection.selectionSet) open.push(selection.selectionSet);
    }
  }
  return count;
};
