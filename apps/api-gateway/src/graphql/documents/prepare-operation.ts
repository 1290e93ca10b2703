import { getOperationAST, GraphQLError, parse, print, separateOperations, validate, visit } from 'graphql';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { checkLimits } from './document-limits';
import { hoistLiterals } from './hoist-literals';
import { refuseIntrospection } from './introspection';
import { withCamelCaseNames } from './lenient-names';
import { variableReader } from './variable-reader';
import type { ReadVariables } from './variable-reader';

/** One operation of a document, checked and ready to run again and again. */
export interface PreparedOperation {
  kind: OperationDefinitionNode['operation'];
  /** The operation and its fragments alone, literals as variables: Mercurius keeps compiled queries by text, so the
   *  text must not hold a second operation. */
  source: string;
  /** The operation and its fragments with positions in the client's text. */
  document: DocumentNode;
  operation: OperationDefinitionNode;
  /** The variables `source` declares. */
  readVariables: ReadVariables;
}

export type Preparation = PreparedOperation | { errors: readonly GraphQLError[] };

/** Checking takes longer the more of them there are, and nobody else is served meanwhile; every client document known
 *  is under 4 KB. */
const maxTokens = 10_000;

/** Parses, renames and validates the whole document, then takes the operation asked for out of it. */
export const prepareOperation = (source: string, operationName: string | null, schema: GraphQLSchema): Preparation => {
  try {
    return prepare(source, operationName, schema);
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [error] };
    // Parser and visitors recurse; only nesting can exhaust the stack here.
    if (error instanceof RangeError) return { errors: [new GraphQLError('Document is nested too deeply')] };
    throw error;
  }
};

const prepare = (source: string, operationName: string | null, schema: GraphQLSchema): Preparation => {
  const parsed = parse(source, { maxTokens });
  checkLimits(parsed, schema);
  refuseIntrospection(parsed, schema);
  const document = withCamelCaseNames(parsed, schema);
  const invalid = validate(schema, document);
  const errors = invalid.length > 0 ? invalid : unstorableLiterals(document);
  if (errors.length > 0) return { errors };
  const operation = getOperationAST(document, operationName);
  if (!operation) return { errors: [noSuchOperation(operationName)] };
  const alone = separateOperations(document)[operation.name?.value ?? ''];
  if (!alone) throw new Error('an operation of the document was lost');
  const { document: hoisted, addLiterals } = hoistLiterals(alone, schema);
  return {
    kind: operation.operation,
    source: print(hoisted),
    document: alone,
    operation,
    readVariables: variableReader(schema, operation, addLiterals),
  };
};

const noSuchOperation = (operationName: string | null): GraphQLError =>
  new GraphQLError(
    operationName === null
      ? 'Must provide operation name if query contains multiple operations.'
      : `Unknown operation named "${operationName}".`,
  );

/** Parsing refuses half surrogate pairs, but not NUL. */
const unstorableLiterals = (document: DocumentNode): GraphQLError[] => {
  const errors: GraphQLError[] = [];
  visit(document, {
    StringValue: (node) => {
      if (node.value.includes('\0')) {
        errors.push(new GraphQLError('text must not contain the character U+0000', { nodes: node }));
      }
    },
  });
  return errors;
};
