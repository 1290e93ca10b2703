import { getNullableType, GraphQLError, isInputObjectType, isInputType, isListType, typeFromAST } from 'graphql';
import { isSpecifiedScalarType } from 'graphql';
import type { GraphQLInputObjectType, GraphQLInputType, GraphQLSchema, VariableDefinitionNode } from 'graphql';
import { toStorableText } from '../requests/storable-json';
import { camelName } from './camel-name';

type Values = Record<string, unknown>;
type Clean = (value: unknown) => unknown;

/** Names in camelCase and storable texts, for values that need a closer look; coercion comes after. Changes the
 *  values it is given. */
export const cleanVariables = (
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  given: Values,
): { values: Values } | { errors: GraphQLError[] } => {
  const values: Values = {};
  for (const definition of definitions) {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type);
    if (!Object.hasOwn(given, name) || given[name] === undefined || !type || !isInputType(type)) continue;
    try {
      values[name] = cleanerOf(type)(given[name]);
    } catch (error) {
      if (error instanceof UnstorableError) return { errors: [error.of(name)] };
      throw error;
    }
  }
  return { values };
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

const asItIs: Clean = (value) => value;

const cleanerOf = (type: GraphQLInputType): Clean => {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const clean = cleanerOf(nullable.ofType);
    return (value) => (Array.isArray(value) ? value.map((item) => clean(item)) : clean(value));
  }
  if (isInputObjectType(nullable)) return (value) => cleanObject(nullable, value);
  // Our own scalars see to their texts themselves, inside of `Json` too.
  return isSpecifiedScalarType(nullable) ? cleanText : asItIs;
};

const cleanObject = (type: GraphQLInputObjectType, value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const values = value as Values;
  const fields = type.getFields();
  for (const key of Object.keys(values)) {
    const name = Object.hasOwn(fields, key) ? key : camelName(key);
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    // Undeclared, or given in both spellings: stays, for coercion to complain about.
    if (!field || (name !== key && Object.hasOwn(values, name))) continue;
    try {
      const cleaned = cleanerOf(field.type)(values[key]);
      if (name !== key) Reflect.deleteProperty(values, key);
      values[name] = cleaned;
    } catch (error) {
      if (error instanceof UnstorableError) error.path.unshift(key);
      throw error;
    }
  }
  return values;
};
