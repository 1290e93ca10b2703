import { GraphQLError, GraphQLScalarType, Kind, valueFromASTUntyped } from 'graphql';
import { toWellFormedJson } from './requests/storable-json';

const refuse = (message: string): never => {
  throw new GraphQLError(message);
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const objectFromText = (text: string): Record<string, unknown> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('Json must be the text of a JSON object');
  }
  return objectFrom(value);
};

const objectFrom = (value: unknown): Record<string, unknown> =>
  isObject(value) ? toWellFormedJson(value) : refuse('Json must hold an object');

/** Out: always JSON text. In: text of an object, or an object; resolvers get the object (graphql-api.md §7.1). */
const jsonScalar = new GraphQLScalarType<Record<string, unknown>, string>({
  name: 'Json',
  serialize: (value) => (typeof value === 'string' ? value : JSON.stringify(value)),
  parseValue: (value) => (typeof value === 'string' ? objectFromText(value) : objectFrom(value)),
  parseLiteral: (node, variables) => {
    if (node.kind === Kind.STRING) return objectFromText(node.value);
    // Through text, so that it is made of ordinary objects and keys of absent variables are left out.
    return node.kind === Kind.OBJECT
      ? objectFromText(JSON.stringify(valueFromASTUntyped(node, variables)))
      : refuse('Json must be a string or an object');
  },
});

const instantText = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)([.,]\d{1,9})?([Zz]|[+-]\d\d(?::?\d\d)?)$/;
const calendarDate = /^\d{4}-\d\d-\d\d$/;

const isRealDate = (text: string): boolean => {
  const instant = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text);
};

const parseInstant = (value: unknown): Date => {
  if (value instanceof Date) return value;
  const [, date, time, fraction = '', zone] = (typeof value === 'string' && instantText.exec(value)) || [];
  if (!date || !time || !zone || !isRealDate(date)) return refuse('DateTime must be ISO 8601 with an offset');
  const instant = new Date(`${date}T${time}${fraction.replace(',', '.').slice(0, 4)}${offsetOf(zone)}`);
  return Number.isNaN(instant.getTime()) ? refuse('DateTime must be ISO 8601 with an offset') : instant;
};

const offsetOf = (zone: string): string => {
  const digits = zone.replace(':', '');
  return digits.length === 1 ? 'Z' : `${digits.slice(0, 3)}:${digits.slice(3) || '00'}`;
};

const parseDate = (value: unknown): string =>
  typeof value === 'string' && calendarDate.test(value) && isRealDate(value)
    ? value
    : refuse('Date must be a day as YYYY-MM-DD');

const secondsOf = (value: unknown): string => {
  const instant = value instanceof Date ? value : new Date(String(value));
  return instant.toISOString().slice(0, 19);
};

const dayOf = (value: unknown): string =>
  value instanceof Date ? value.toISOString().slice(0, 10) : String(value).slice(0, 10);

/** A scalar whose literals are strings. Parsing what it parsed before gives the same, as variables are read twice:
 *  by us, for stable error texts, and by the compiled query. */
const textScalar = <Internal>(
  name: string,
  parse: (value: unknown) => Internal,
  serialize: (value: unknown) => string,
): GraphQLScalarType<Internal, string> =>
  new GraphQLScalarType<Internal, string>({
    name,
    serialize,
    parseValue: parse,
    parseLiteral: (node) => (node.kind === Kind.STRING ? parse(node.value) : refuse(`${name} must be a string`)),
  });

const parseNaive = (value: unknown): Date =>
  parseInstant(typeof value === 'string' && !/[Zz]$/.test(value) ? `${value}Z` : value);

/** Times of mails and their events, whose order is told by milliseconds. */
const instantOf = (value: unknown): string => (value instanceof Date ? value : new Date(String(value))).toISOString();

/** Resolvers give and get: Json an object, DateTime, Instant and NaiveDateTime a `Date`, Date the text `YYYY-MM-DD`. */
export const scalars = {
  Json: jsonScalar,
  Instant: textScalar('Instant', parseInstant, instantOf),
  DateTime: textScalar('DateTime', parseInstant, (value) => `${secondsOf(value)}Z`),
  NaiveDateTime: textScalar('NaiveDateTime', parseNaive, secondsOf),
  Date: textScalar('Date', parseDate, dayOf),
};
