import { oldTable, type OldTableName } from './old-schema';

/** Ids in one page of a table with whole numbers as ids. Also what one transaction writes at most. */
const idsPerPage = 5_000;
/** Of tables whose rows hold documents: HTML, configurations. */
const idsPerBulkyPage = 250;
/** Pages whose sums are asked for at once. */
const pagesAtOnce = 100;
const uuidPages = 256;

/** A share of a table by id, the same in every run: whole numbers by thousands, uuids by their first byte. Both ends belong to it. */
export interface Page {
  number: number;
  from: string;
  to: string;
}

const sizeOf = (table: OldTableName): number => (oldTable(table).isBulky ? idsPerBulkyPage : idsPerPage);

export function pageOf(table: OldTableName, number: number): Page {
  if (oldTable(table).id === 'bigint') {
    const size = sizeOf(table);
    return { number, from: String(number * size), to: String((number + 1) * size - 1) };
  }
  const byte = number.toString(16).padStart(2, '0');
  return {
    number,
    from: `${byte}000000-0000-0000-0000-000000000000`,
    to: `${byte}ffffff-ffff-ffff-ffff-ffffffffffff`,
  };
}

/** Number of the page of a row, as SQL over its id. */
export const pageNumberSql = (table: OldTableName, id: string): string =>
  oldTable(table).id === 'bigint' ? `${id} / ${sizeOf(table)}` : `get_byte(uuid_send(${id}), 0)::bigint`;

/** Pages to be summed up together, so that no statement reads a whole large table. Uuid tables are small. */
export function pageGroup(table: OldTableName, firstNumber: number): { from: string; to: string; next: number } {
  const last = oldTable(table).id === 'bigint' ? firstNumber + pagesAtOnce - 1 : uuidPages - 1;
  return { from: pageOf(table, firstNumber).from, to: pageOf(table, last).to, next: last + 1 };
}
