// The server below it is a test tool of the whole repository, and the tools have no package name to import them by.
/* eslint-disable @nx/enforce-module-boundaries -- see above */
import { ProviderServer, type ReceivedCall, type Reply } from '../../../../tools/mail-servers/provider-server';

export type Row = Record<string, unknown> & { id: number };
type Values = Record<string, unknown>;
type Where = [field: string, operator: '=' | 'IN', value: unknown][];
interface Params {
  where?: Where;
  orderBy?: Record<string, 'ASC' | 'DESC'>;
  limit?: number;
  records?: Values[];
  values?: Values;
  match?: string[];
}

/** What CiviCRM throws: status 500 with a text, whatever the cause. */
class ApiError extends Error {}

const activityStatuses: Record<string, number> = { Scheduled: 1, Completed: 2, Cancelled: 3 };
const countries: Record<string, number> = { DE: 1082, PL: 1172 };
/** Columns in strict mode of MySQL: longer texts are an error of the database. */
const lengths: Record<string, number> = { first_name: 64, last_name: 64, subject: 255, phone: 32, postal_code: 64 };
/** Rows that a get leaves out unless its `where` names the field. */
const hiddenByDefault = ['is_deleted', 'is_test', 'is_template'];

/**
 * CiviCRM's APIv4 on loopback, as far as the sample integration needs it: parameters as JSON in the form field `params`,
 * X-Civi-Auth with an API key, `save` with `match` that takes a sole match only, no uniqueness of emails.
 */
export class CiviCrmFake extends ProviderServer {
  readonly contacts: Row[] = [];
  readonly emails: Row[] = [];
  readonly activities: Row[] = [];
  readonly groupContacts: Row[] = [];
  /** Every call fails so long. */
  isBroken = false;
  private readonly lostAnswers = new Set<string>();
  private lastId = 100;

  constructor(
    private readonly apiKey: string,
    private readonly groupId: number,
  ) {
    super();
  }

  /** The next such call, as "Contact.save", is done, and never answered. */
  loseAnswerOf(call: string): void {
    this.lostAnswers.add(call);
  }

  /** How often something was asked for, as "Activity.get". */
  countOf(asked: string): number {
    return this.calls.filter(({ path }) => path.endsWith(`/${asked.replace('.', '/')}`)).length;
  }

  clear(): void {
    for (const rows of [this.calls, this.contacts, this.emails, this.activities, this.groupContacts]) rows.length = 0;
    this.lostAnswers.clear();
    this.isBroken = false;
  }

  addContact(columns: Values, email: string, emailColumns: Values = {}): Row {
    const contact = this.put(this.contacts, undefined, { contact_type: 'Individual', is_deleted: false }, columns);
    this.put(this.emails, undefined, { contact_id: contact.id, email, is_primary: true }, emailColumns);
    return contact;
  }

  protected handle(call: ReceivedCall): Reply | Promise<Reply> {
    const reply = this.answer(call);
    const isLost = this.lostAnswers.delete(call.path.split('/').slice(-2).join('.'));
    return isLost ? new Promise<never>(() => undefined) : reply;
  }

  private answer(call: ReceivedCall): Reply {
    const [, entity = '', action = ''] = /^\/civicrm\/ajax\/api4\/(\w+)\/(\w+)$/.exec(call.path) ?? [];
    if (!entity) return { status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>Page not found</h1>' };
    if (call.headers['x-civi-auth'] !== `Bearer ${this.apiKey}`) {
      return { status: 401, headers: { 'content-type': 'text/plain' }, body: 'HTTP 401 Invalid credential' };
    }
    if (this.isBroken) return failed('Sorry an error occurred and your request was not completed. (Error ID: a1-b2)');
    if (call.method === 'GET' && !action.startsWith('get')) {
      return { status: 405, body: { error_code: 405, error_message: 'SECURITY: … must be http POST, not GET.' } };
    }
    try {
      const rows = this.run(entity, action, paramsOf(call));
      return { status: 200, body: { values: rows, entity, action, version: 4, count: rows.length } };
    } catch (error) {
      if (error instanceof ApiError) return failed(error.message);
      throw error;
    }
  }

  private run(entity: string, action: string, params: Params): Row[] {
    if (action === 'get') return select(this.tableOf(entity), params, (field, row) => this.fieldOf(field, row));
    const records = action === 'create' ? [params.values ?? {}] : (params.records ?? []);
    if (!['create', 'save'].includes(action)) throw new ApiError(`Api ${entity} ${action} version 4 does not exist.`);
    return records.map((record) => this.save(entity, { ...record }, params.match ?? []));
  }

  private tableOf(entity: string): Row[] {
    const tables: Record<string, Row[]> = {
      Contact: this.contacts,
      Email: this.emails,
      Activity: this.activities,
      GroupContact: this.groupContacts,
    };
    const table = tables[entity];
    if (!table) throw new ApiError(`API (${entity}, get) does not exist`);
    return table;
  }

  /** Of the row, or through `contact_id.` of its contact. */
  private fieldOf(field: string, row: Row): unknown {
    if (!field.startsWith('contact_id.')) return row[field];
    return this.contacts.find(({ id }) => id === row['contact_id'])?.[field.slice('contact_id.'.length)];
  }

  private save(entity: string, record: Values, match: string[]): Row {
    for (const [key, value] of Object.entries(record)) {
      const length = lengths[key.split('.').at(-1) ?? ''];
      if (length && typeof value === 'string' && value.length > length) throw new ApiError('DB Error: unknown error');
    }
    const table = this.tableOf(entity);
    if (record['id'] === undefined && match.length > 0 && match.every((field) => field in record)) {
      const where = match.map((field): Where[number] => [field, '=', record[field]]);
      const found = select(table, { where }, (field, row) => this.fieldOf(field, row));
      if (found.length === 1) record['id'] = found[0]?.id;
    }
    const known = table.find(({ id }) => id === record['id']);
    if (record['id'] !== undefined && !known) throw new ApiError(`${entity} write operation failed`);
    if (entity === 'Contact') return this.saveContact(record, known);
    if (entity === 'Activity') return this.saveActivity(record, known);
    if (entity === 'GroupContact') return this.saveGroupContact(record, known);
    throw new ApiError(`the fake does not write ${entity}`);
  }

  private saveContact(record: Values, known: Row | undefined): Row {
    const { 'email_primary.email': email, 'address_primary.country_id:abbr': country, ...fields } = record;
    if (!known && !email && !fields['first_name'] && !fields['last_name']) {
      throw new ApiError('Mandatory values missing from Api4 Contact::save: first_name');
    }
    // A name that no option has becomes null without a word.
    const columns = country === undefined ? {} : { 'address_primary.country_id': countries[String(country)] ?? null };
    const row = this.put(
      this.contacts,
      known,
      { contact_type: 'Individual', is_deleted: false },
      { ...fields, ...columns },
    );
    if (!email) return row;
    const primary = this.emails.find((mail) => mail['contact_id'] === row.id && mail['is_primary']);
    this.put(this.emails, primary, { contact_id: row.id, is_primary: true }, { email });
    return row;
  }

  private saveActivity(record: Values, known: Row | undefined): Row {
    const { 'status_id:name': status, ...fields } = record;
    if (!known && !fields['source_contact_id']) {
      throw new ApiError('Mandatory values missing from Api4 Activity::create: source_contact_id');
    }
    const createdAt = new Date(String(fields['activity_date_time']));
    if (Number.isNaN(createdAt.getTime())) throw new ApiError('DB Error: invalid date');
    const defaults = { activity_type_id: 1, is_deleted: false, is_test: false };
    return this.put(this.activities, known, defaults, {
      ...fields,
      activity_date_time: createdAt.toISOString().slice(0, 19).replace('T', ' '),
      status_id: activityStatuses[String(status)] ?? null,
    });
  }

  private saveGroupContact(record: Values, known: Row | undefined): Row {
    if (record['group_id'] !== this.groupId) throw new ApiError('DB Error: constraint violation');
    const isTwin = ({ group_id: group, contact_id: contact }: Row) =>
      group === record['group_id'] && contact === record['contact_id'];
    if (!known && this.groupContacts.some(isTwin)) throw new ApiError('DB Error: already exists');
    return this.put(this.groupContacts, known, { status: 'Added' }, record);
  }

  private put(table: Row[], known: Row | undefined, defaults: Values, values: Values): Row {
    if (known) return Object.assign(known, values);
    const row = { ...defaults, ...values, id: (this.lastId += 1) };
    table.push(row);
    return row;
  }
}

const failed = (text: string): Reply => ({ status: 500, body: { error_code: '1', error_message: text, status: 500 } });

/** None where the body is no form: CiviCRM then works without any. */
function paramsOf(call: ReceivedCall): Params {
  const isForm = String(call.headers['content-type']).startsWith('application/x-www-form-urlencoded');
  const text = isForm ? new URLSearchParams(call.body.toString('utf8')).get('params') : call.query.get('params');
  return text ? (JSON.parse(text) as Params) : {};
}

/** Texts are equal in any case, and true is 1, as in the database. */
const comparable = (value: unknown): unknown =>
  typeof value === 'boolean' ? Number(value) : typeof value === 'string' ? value.toLowerCase() : value;

function select(table: Row[], params: Params, fieldOf: (field: string, row: Row) => unknown): Row[] {
  const { where = [], orderBy = {}, limit = 0 } = params;
  const named = new Set(where.map(([field]) => field));
  const hidden = hiddenByDefault.filter((field) => !named.has(field));
  const fits = (row: Row) =>
    hidden.every((field) => !row[field]) &&
    where.every(([field, operator, value]) => {
      const wanted = operator === 'IN' ? (value as unknown[]) : [value];
      return wanted.map(comparable).includes(comparable(fieldOf(field, row)));
    });
  const order = Object.entries(orderBy);
  const compare = (a: Row, b: Row) => {
    for (const [field, direction] of order) {
      const difference = Number(fieldOf(field, a)) - Number(fieldOf(field, b));
      if (difference !== 0) return direction === 'ASC' ? difference : -difference;
    }
    return a.id - b.id;
  };
  const found = table.filter(fits).sort(compare);
  return limit > 0 ? found.slice(0, limit) : found;
}
