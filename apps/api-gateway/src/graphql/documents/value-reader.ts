import {
  getNullableType,
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLString,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import type { GraphQLInputObjectType, GraphQLInputType, GraphQLScalarType } from 'graphql';
import { toStorableText } from '../requests/storable-json';
import { camelName } from './camel-name';

/** Gives the coerced value, or throws for one that may not fit; never changes what it is given. */
export type ReadValue = (value: unknown) => unknown;

type Values = Record<string, unknown>;

/** No error for people: who catches it asks graphql-js, whose wording clients know. */
const misfit = new Error('value does not fit');

const largestInt = 2 ** 31 - 1;

const scalarReaders = new Map<GraphQLScalarType, ReadValue>([
  [GraphQLString, (value) => (typeof value === 'string' ? toStorableText(value) : refuse())],
  [GraphQLBoolean, (value) => (typeof value === 'boolean' ? value : refuse())],
  [GraphQLInt, (value) => (Number.isInteger(value) && Math.abs(value as number) <= largestInt ? value : refuse())],
  [GraphQLFloat, (value) => (Number.isFinite(value) ? value : refuse())],
  [GraphQLID, (value) => (typeof value === 'string' ? toStorableText(value) : refuse())],
]);

const refuse = (): never => {
  throw misfit;
};

const objectReaders = new WeakMap<GraphQLInputObjectType, ReadValue>();

/** A reader compiled from the declared type. Takes snake_case keys for the camelCase ones that exist
 *  (graphql-api.md §1.13); stricter than graphql-js where that is simpler, never more lenient. */
export const valueReader = (type: GraphQLInputType): ReadValue => {
  const read = nullableReader(getNullableType(type));
  return isNonNullType(type)
    ? (value) => (value === null ? refuse() : read(value))
    : (value) => (value === null ? null : read(value));
};

const nullableReader = (type: ReturnType<typeof getNullableType<GraphQLInputType>>): ReadValue => {
  if (isListType(type)) {
    const read = valueReader(type.ofType as GraphQLInputType);
    return (value) => (Array.isArray(value) ? value.map(read) : [read(value)]);
  }
  if (isEnumType(type)) {
    const values = new Map(type.getValues().map((value) => [value.name as unknown, value.value as unknown]));
    return (value) => (values.has(value) ? values.get(value) : refuse());
  }
  if (!isInputObjectType(type)) return scalarReaders.get(type) ?? ((value) => type.parseValue(value));
  const known = objectReaders.get(type);
  if (known) return known;
  let compiled: ReadValue | undefined;
  // Types may contain themselves: compiled at first use.
  const lazily: ReadValue = (value) => (compiled ??= objectReader(type))(value);
  objectReaders.set(type, lazily);
  return lazily;
};

const objectReader = (type: GraphQLInputObjectType): ReadValue => {
  const fields = Object.values(type.getFields());
  // An unusual type: graphql-js shall see to it.
  if (type.isOneOf || fields.some((field) => field.defaultValue !== undefined)) return refuse;
  const readers = new Map(fields.map((field) => [field.name, valueReader(field.type)]));
  const required = fields.filter((field) => isNonNullType(field.type)).map((field) => field.name);
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse();
    const given = value as Values;
    const result: Values = {};
    for (const key of Object.keys(given)) {
      const name = readers.has(key) ? key : camelName(key);
      const read = readers.get(name);
      // Undeclared, or given in both spellings.
      if (!read || (name !== key && Object.hasOwn(given, name))) return refuse();
      if (given[key] !== undefined) result[name] = read(given[key]);
    }
    for (const name of required) if (result[name] === undefined) return refuse();
    return result;
  };
};
