import { getVariableValues, isInputType, isNonNullType, typeFromAST } from 'graphql';
import type { GraphQLError, GraphQLSchema, OperationDefinitionNode, VariableDefinitionNode } from 'graphql';
import { cleanVariables } from './clean-variables';
import { valueReader } from './value-reader';
import type { ReadValue } from './value-reader';
import type { HoistedDocument } from './hoist-literals';

export type Values = Record<string, unknown>;

/** Variables as the operation declares them: renamed, storable, coerced. Absent ones stay absent, undeclared ones are
 *  left out. May change the values it is given. */
export type ReadVariables = (given: Values) => { values: Values } | { errors: readonly GraphQLError[] };

const mostErrors = 50;

/** Compiled once per operation. Coercion is done here, before execution, as the compiled query words errors
 *  differently from the call that compiles it. Values that fit pass the compiled readers; for all others graphql-js
 *  decides and words the errors. */
export const variableReader = (
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  addLiterals: HoistedDocument['addLiterals'],
): ReadVariables => {
  const definitions = operation.variableDefinitions ?? [];
  const variables = definitions.map((definition) => compile(schema, definition));
  return (given) => {
    const read = readFitting(variables, given) ?? readLeniently(schema, definitions, given);
    if ('errors' in read) return read;
    const error = addLiterals(read.values);
    return error ? { errors: [error] } : read;
  };
};

/** Null when something may not fit. */
const readFitting = (variables: readonly CompiledVariable[], given: Values): { values: Values } | null => {
  try {
    return { values: readAll(variables, given) };
  } catch {
    // A misfit, or a scalar's refusal, which graphql-js finds again and words.
    return null;
  }
};

const readLeniently = (
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  given: Values,
): ReturnType<ReadVariables> => {
  const cleaned = cleanVariables(schema, definitions, given);
  if ('errors' in cleaned) return cleaned;
  const result = getVariableValues(schema, definitions, cleaned.values, { maxErrors: mostErrors });
  return result.errors ? { errors: result.errors } : { values: result.coerced };
};

interface CompiledVariable {
  name: string;
  read: ReadValue;
  mayBeAbsent: boolean;
}

const compile = (schema: GraphQLSchema, definition: VariableDefinitionNode): CompiledVariable => {
  const type = typeFromAST(schema, definition.type);
  if (!type || !isInputType(type)) throw new Error('a validated document declares no variable of such a type');
  return {
    name: definition.variable.name.value,
    read: valueReader(type),
    mayBeAbsent: !isNonNullType(type) && !definition.defaultValue,
  };
};

const readAll = (variables: readonly CompiledVariable[], given: Values): Values => {
  const values: Values = {};
  for (const { name, read, mayBeAbsent } of variables) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value !== undefined) values[name] = read(value);
    else if (!mayBeAbsent) throw new Error('absent');
  }
  return values;
};
