/**
 * Arrays in PostgreSQL's binary wire format (array_recv in src/backend/utils/adt/arrayfuncs.c): the driver sends a Buffer
 * as a binary parameter, so neither side escapes and parses text. Statements must name the type: `$1::text[]`.
 * For sets of rows on the hot path; everything else passes plain arrays.
 */
const oid = { bool: 16, bytea: 17, int8: 20, int2: 21, int4: 23, text: 25, timestamptz: 1184 } as const;

/** Microseconds between the Unix epoch and 2000-01-01, PostgreSQL's own. */
const postgresEpochMs = 946_684_800_000;
const headerBytes = 20;
const nullLength = 0xff_ff_ff_ff;

/** Writes header and elements; `sizeOf` gives an element's bytes, `write` puts it at an offset. */
function encode<T>(
  elementOid: number,
  values: readonly (T | null)[],
  sizeOf: (value: T) => number,
  write: (buffer: Buffer, value: T, offset: number, size: number) => void,
): Buffer {
  let total = headerBytes;
  let hasNull = 0;
  const sizes = new Array<number>(values.length);
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    const size = value === null || value === undefined ? -1 : sizeOf(value);
    if (size < 0) hasNull = 1;
    sizes[index] = size;
    total += 4 + Math.max(size, 0);
  }
  const buffer = Buffer.allocUnsafe(values.length === 0 ? 12 : total);
  buffer.writeUInt32BE(values.length === 0 ? 0 : 1, 0);
  buffer.writeUInt32BE(hasNull, 4);
  buffer.writeUInt32BE(elementOid, 8);
  if (values.length === 0) return buffer;
  buffer.writeUInt32BE(values.length, 12);
  buffer.writeUInt32BE(1, 16);
  let offset = headerBytes;
  for (let index = 0; index < values.length; index += 1) {
    const size = sizes[index] as number;
    buffer.writeUInt32BE(size < 0 ? nullLength : size, offset);
    offset += 4;
    if (size < 0) continue;
    write(buffer, values[index] as T, offset, size);
    offset += size;
  }
  return buffer;
}

/** Two halves in place of a BigInt, which would be allocated per element; exact for safe integers of either sign. */
function writeInt8(buffer: Buffer, value: number, offset: number): void {
  buffer.writeInt32BE(Math.floor(value / 0x1_0000_0000), offset);
  buffer.writeUInt32BE(value >>> 0, offset + 4);
}

export const int8Array = (values: readonly (number | null)[]): Buffer => encode(oid.int8, values, () => 8, writeInt8);

export const int4Array = (values: readonly (number | null)[]): Buffer =>
  encode(
    oid.int4,
    values,
    () => 4,
    (buffer, value, offset) => buffer.writeInt32BE(value, offset),
  );

export const int2Array = (values: readonly (number | null)[]): Buffer =>
  encode(
    oid.int2,
    values,
    () => 2,
    (buffer, value, offset) => buffer.writeInt16BE(value, offset),
  );

export const boolArray = (values: readonly (boolean | null)[]): Buffer =>
  encode(
    oid.bool,
    values,
    () => 1,
    (buffer, value, offset) => buffer.writeUInt8(value ? 1 : 0, offset),
  );

export const textArray = (values: readonly (string | null)[]): Buffer =>
  encode(oid.text, values, Buffer.byteLength, (buffer, value, offset) => buffer.write(value, offset));

export const byteaArray = (values: readonly (Buffer | null)[]): Buffer =>
  encode(
    oid.bytea,
    values,
    (value) => value.length,
    (buffer, value, offset) => value.copy(buffer, offset),
  );

/** Millisecond precision, as Date has it. */
export const timestamptzArray = (values: readonly (Date | null)[]): Buffer =>
  encode(
    oid.timestamptz,
    values,
    () => 8,
    (buffer, value, offset) => writeInt8(buffer, (value.getTime() - postgresEpochMs) * 1_000, offset),
  );
