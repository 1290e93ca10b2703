import {
  getNullableType,
  getVariableValues,
  GraphQLError,
  isInputObjectType,
  isInputType,
  isListType,
  isSpecifiedScalarType,
  typeFromAST,
} from 'graphql';
import type { GraphQLInputObjectType, GraphQLInputType, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { toStorableText } from '../requests/storable-json';
import { camelName } from './camel-name';

type Values = Record<string, unknown>;

/** Variables as the operation declares them: renamed, storable, coerced. Absent ones stay absent, undeclared ones are
 *  left out. May change the values it is given. */
export type ReadVariables = (given: Values) => { values: Values } | { errors: readonly GraphQLError[] };

type Clean = (value: unknown) => unknown;

const mostErrors = 50;

/** Compiled once per operation. Coercion is done here, before execution, as the compiled query words errors
 *  differently from the call that compiles it. */
export const variableReader = (schema: GraphQLSchema, operation: OperationDefinitionNode): ReadVariables => {
  const definitions = operation.variableDefinitions ?? [];
  if (definitions.length === 0) return () => ({ values: {} });
  const cleaners = definitions.map((definition) => {
    const type = typeFromAST(schema, definition.type);
    const clean = type && isInputType(type) ? cleanerOf(type) : null;
    return { name: definition.variable.name.value, clean };
  });
  return (given) => {
    const values: Values = {};
    for (const { name, clean } of cleaners) {
      if (!Object.hasOwn(given, name)) continue;
      const value = given[name];
      if (value === undefined) continue;
      try {
        values[name] = clean ? clean(value) : value;
      } catch (error) {
        if (error instanceof UnstorableError) return { errors: [error.of(name)] };
        throw error;
      }
    }
    const result = getVariableValues(schema, definitions, values, { maxErrors: mostErrors });
    return result.errors ? { errors: result.errors } : { values: result.coerced };
  };
};

class UnstorableError extends Error {
  readonly path: string[] = [];

  of(variable: string): GraphQLError {
    const at = this.path.length > 0 ? ` at "${[variable, ...this.path].join('.')}"` : '';
    return new GraphQLError(`Variable "$${variable}" got invalid value${at}; ${this.message}.`);
  }
}

const cleanText: Clean = (value) => {
  if (typeof value !== 'string') return value;
  try {
    return toStorableText(value);
  } catch (error) {
    throw new UnstorableError(error instanceof Error ? error.message : String(error));
  }
};

const objectCleaners = new WeakMap<GraphQLInputObjectType, Clean>();

const cleanerOf = (type: GraphQLInputType): Clean | null => {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const clean = cleanerOf(nullable.ofType);
    return clean && ((value) => (Array.isArray(value) ? value.map((item) => clean(item)) : clean(value)));
  }
  // Our own scalars see to their texts themselves, inside of `Json` too.
  if (!isInputObjectType(nullable)) return isSpecifiedScalarType(nullable) ? cleanText : null;
  const known = objectCleaners.get(nullable);
  if (known) return known;
  let compiled: Clean | undefined;
  // Types may contain themselves: compiled at first use.
  const lazily: Clean = (value) => (compiled ??= objectCleanerOf(nullable))(value);
  objectCleaners.set(nullable, lazily);
  return lazily;
};

const objectCleanerOf = (type: GraphQLInputObjectType): Clean => {
  const fields = new Map(Object.values(type.getFields()).map((field) => [field.name, cleanerOf(field.type)]));
  const cleanKey = (values: Values, key: string): void => {
    const name = fields.has(key) ? key : camelName(key);
    const clean = fields.get(name);
    // Undeclared, or given in both spellings: stays, for coercion to complain about.
    if (clean === undefined || (name !== key && Object.hasOwn(values, name))) return;
    const value = values[key];
    if (name !== key) Reflect.deleteProperty(values, key);
    if (clean || name !== key) values[name] = clean ? clean(value) : value;
  };
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    for (const key of Object.keys(value)) {
      try {
        cleanKey(value as Values, key);
      } catch (error) {
        if (error instanceof UnstorableError) error.path.unshift(key);
        throw error;
      }
    }
    return value;
  };
};
