import { isUtf8 } from 'node:buffer';
import type { Parameters } from './graphql-request';
import { RefusedRequest } from './refused-request';

/** Bytes (graphql-api.md §1.11). */
export const largestJsonBody = 8_000_000;
export const largestFormBody = 1_000_000;
/** Requests in one body; an element may be as short as `{}`, and nobody else is served while millions are answered. */
export const longestBatch = 100;

/** A body as the parsers leave it: one request, a batch, or nothing we can read a document from. */
export type RequestBody = Parameters | Batch | undefined;

export class Batch {
  constructor(readonly elements: readonly unknown[]) {}
}

const textOf = (body: Buffer): string => {
  if (!isUtf8(body)) throw new RefusedRequest(400, 'Malformed request body');
  return body.toString('utf8');
};

export const parseJsonBody = (body: Buffer): RequestBody => {
  if (body.length === 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(textOf(body));
  } catch {
    throw new RefusedRequest(400, 'Malformed JSON body');
  }
  if (Array.isArray(value)) {
    if (value.length > longestBatch) throw new RefusedRequest(400, `A batch may hold ${longestBatch} requests at most`);
    return new Batch(value);
  }
  return typeof value === 'object' && value !== null ? (value as Parameters) : undefined;
};

/** The last of equal keys counts, as with Plug. */
export const parseFormBody = (body: Buffer): RequestBody => {
  const text = textOf(body);
  return text === '' ? undefined : Object.fromEntries(new URLSearchParams(text));
};

/** `application/graphql`: the body is the document. */
export const parseDocumentBody = (body: Buffer): RequestBody => ({ query: textOf(body) });
