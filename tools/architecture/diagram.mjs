import { arrow, box, colours, labelled, leftOf, picture, rightOf, spreadAlong, text } from './drawing.mjs';

const WIDTH = 1500;
const TOP = 70;
const MARGIN = 30;
const COLUMNS = {
  publisher: { x: MARGIN, width: 190 },
  exchange: { x: 350, width: 130 },
  queue: { x: 640, width: 320 },
  reader: { x: 1180, width: 290 },
};
const QUEUE = { height: 46, step: 58 };
const SERVICE_HEIGHT = 52;
const ORG_SOFTWARE = "an organisation's own software";
const SIXTEEN = /^(.*\.)(\d+)$/;

const mean = (numbers) => numbers.reduce((sum, one) => sum + one, 0) / Math.max(1, numbers.length);
const byNumber = (valueOf) => (a, b) => valueOf(a) - valueOf(b);

/** Requests and operations are read by the service in their name: they are told in words, and leave the lines to the rest. */
const isAsked = (queue) => /^system\.(request|operation)\./.test(queue);

/** Queues that differ in a number alone are one row. */
function rowsOf(facts) {
  const rows = new Map();
  for (const { exchange, key, queue } of facts.bindings) {
    if (isAsked(queue) || exchange === facts.names.fail) continue;
    const [, family] = SIXTEEN.exec(queue) ?? [];
    const name = family ?? queue;
    const row = rows.get(name) ?? { name, queues: new Set(), bindings: new Map() };
    row.queues.add(queue);
    row.bindings.set(exchange, family ? ['its number'] : [...(row.bindings.get(exchange) ?? []), key]);
    rows.set(name, row);
  }
  return [...rows.values()].map((row) => ({
    ...row,
    label: row.queues.size > 1 ? `${row.name}0 … ${row.name}${row.queues.size - 1}` : row.name,
    keys: [...row.bindings]
      .map(([exchange, keys]) => `${exchange}: ${keys.length > 1 ? `${keys.length} keys` : keys[0]}`)
      .join('  ·  '),
  }));
}

const readersOf = (row, facts) => [
  ...facts.services.filter(({ reads }) => reads.some((queue) => row.queues.has(queue))).map(({ name }) => name),
  ...(facts.org.reads.some((queue) => row.queues.has(queue)) ? [ORG_SOFTWARE] : []),
];

/** Order in which lines cross least: rows by exchange, then by reader; readers and publishers by what they are tied to. */
function ordered(facts) {
  const exchanges = [facts.names.ingest, facts.names.confirm, facts.names.deliver, facts.names.event, facts.names.dead];
  const rows = rowsOf(facts).map((row) => ({ ...row, readers: readersOf(row, facts) }));
  const exchangeRank = ({ bindings }) => mean([...bindings.keys()].map((name) => exchanges.indexOf(name)));
  const rowsByExchange = rows.toSorted(byNumber(exchangeRank));
  const names = [...new Set(rows.flatMap(({ readers }) => readers))];
  const readerRank = (name, list) => mean(list.flatMap((row, at) => (row.readers.includes(name) ? [at] : [])));
  const readers = names.toSorted(byNumber((name) => readerRank(name, rowsByExchange)));
  const rank = (row) => exchangeRank(row) * 100 + mean(row.readers.map((name) => readers.indexOf(name)));
  const final = rowsByExchange.toSorted(byNumber(rank));
  const shown = facts.services.map((service) => ({
    ...service,
    publishes: service.publishes.filter((name) => exchanges.includes(name) && name !== facts.names.dead),
  }));
  return {
    exchanges,
    rows: final,
    readers: readers.toSorted(byNumber((name) => readerRank(name, final))),
    publishers: shown.toSorted(byNumber(({ publishes }) => mean(publishes.map((name) => exchanges.indexOf(name))))),
  };
}

/** Boxes of one column, spread over the height that the queues take. */
const column = (names, { x, width }, height, span) =>
  new Map(
    names.map((name, at) => {
      const y = TOP + Math.round(((at + 0.5) * span) / names.length - height / 2);
      return [name, { x, width, y, height }];
    }),
  );

const colourOf = (exchange) => (colours.includes(exchange) ? exchange : 'plain');

/** Lines between two columns: `pairs` of [from, to, colour]; those that meet at a box are spread along its side, in order of the other end. */
function lines(pairs, fromPlaces, toPlaces) {
  const ends = (places, other, mine, theirs) => {
    const found = new Map();
    for (const [name, place] of places) {
      const own = pairs.filter((pair) => pair[mine] === name).toSorted(byNumber((pair) => other.get(pair[theirs]).y));
      spreadAlong(place, own.length).forEach((y, at) => found.set(own[at], y));
    }
    return found;
  };
  const starts = ends(fromPlaces, toPlaces, 0, 1);
  const stops = ends(toPlaces, fromPlaces, 1, 0);
  return pairs.map((pair) =>
    arrow(
      { ...rightOf(fromPlaces.get(pair[0])), y: starts.get(pair) },
      { ...leftOf(toPlaces.get(pair[1])), y: stops.get(pair) },
      pair[2],
    ),
  );
}

const storesOf = ({ schema, redis, objects }) =>
  [`schema ${schema}`, redis && 'Redis', objects && 'objects'].filter(Boolean).join(' · ');

/** The circuit of what an org's software rejects, in one row. */
function circuit(y, { names, systemQueues }) {
  const steps = [
    ['queue', 'ORG.crm', 'rejected'],
    ['exchange', names.fail],
    ['queue', systemQueues.retry, 'waits 30 s'],
    ['exchange', names.retry],
    ['queue', 'ORG.crm', 'once more'],
  ];
  const width = 165;
  const places = steps.map((_, at) => ({ x: MARGIN + at * (width + 45), y: y + 46, width, height: 44 }));
  return [
    text(MARGIN, y + 28, 'What a reader rejects comes again', 'head-line'),
    ...steps.map(([kind, name, note], at) => labelled(places[at], kind, name, note)),
    ...places.slice(1).map((place, at) => arrow(rightOf(places[at]), leftOf(place), 'plain')),
    text(
      MARGIN,
      y + 116,
      `What finds no way home goes by exchange ${names.dead} to queue ${systemQueues.dead}. Services of ours do not reject: they park in their own table.`,
      'note',
    ),
  ];
}

function stores(y, facts) {
  const step = (WIDTH - 2 * MARGIN) / facts.schemas.length;
  const serviceOf = (role) => facts.services.find((service) => service.role === role)?.name ?? role;
  const places = facts.schemas.map((_, at) => ({
    x: Math.round(MARGIN + at * step),
    y: y + 22,
    width: Math.round(step - 14),
    height: 76,
  }));
  const using = (key) =>
    facts.services
      .filter((service) => service[key])
      .map(({ name }) => name)
      .join(', ');
  return [
    text(MARGIN, y + 8, 'Postgres: one schema per service, written by it alone', 'head-line'),
    ...facts.schemas.flatMap(({ name, writer, readers, tables }, at) => {
      const middle = places[at].x + places[at].width / 2;
      return [
        box(places[at], 'store'),
        text(middle, y + 46, name, 'name', 'middle'),
        text(middle, y + 65, serviceOf(writer), 'note', 'middle'),
        text(middle, y + 84, `${tables} tables, read by ${readers.length}`, 'note', 'middle'),
      ];
    }),
    text(
      MARGIN,
      y + 126,
      `Redis (counters, limits, a copy of the catalogue): ${using('redis')}.    Object store (files): ${using('objects')}.`,
      'note',
    ),
  ];
}

/** The picture of docs/architecture.md. */
export function diagram(facts) {
  const { exchanges, rows, readers, publishers } = ordered(facts);
  const span = rows.length * QUEUE.step;
  const published = column(
    publishers.map(({ name }) => name),
    COLUMNS.publisher,
    SERVICE_HEIGHT,
    span,
  );
  const exchanged = column(exchanges, COLUMNS.exchange, SERVICE_HEIGHT, span);
  const read = column(readers, COLUMNS.reader, SERVICE_HEIGHT + 6, span);
  const queued = new Map(
    rows.map(({ name }, at) => [name, { ...COLUMNS.queue, y: TOP + at * QUEUE.step + 6, height: QUEUE.height }]),
  );
  const service = (name) => facts.services.find((one) => one.name === name);
  const colourOfRow = ({ bindings }) => colourOf([...bindings.keys()][0]);
  const asked = facts.queues.filter(isAsked).length;
  const below = TOP + span + 30;
  const heads = [
    ['publisher', 'who publishes'],
    ['exchange', 'exchange'],
    ['queue', 'queue, and the keys it is bound with'],
    ['reader', 'who reads it, and where it writes'],
  ].map(([name, title]) => text(COLUMNS[name].x + COLUMNS[name].width / 2, 40, title, 'head-line', 'middle'));
  const parts = [
    ...heads,
    ...lines(
      publishers.flatMap(({ name, publishes }) => publishes.map((to) => [name, to, colourOf(to)])),
      published,
      exchanged,
    ),
    ...lines(
      rows.flatMap(({ name, bindings }) => [...bindings.keys()].map((from) => [from, name, colourOf(from)])),
      exchanged,
      queued,
    ),
    ...lines(
      rows.flatMap((row) => row.readers.map((to) => [row.name, to, colourOfRow(row)])),
      queued,
      read,
    ),
    ...publishers.map(({ name }) => labelled(published.get(name), 'service', name)),
    ...exchanges.map((name) => labelled(exchanged.get(name), 'exchange', name)),
    ...rows.map(({ name, label, keys }) => labelled(queued.get(name), 'queue', label, keys)),
    ...readers.map((name) =>
      service(name)
        ? labelled(read.get(name), 'service', name, storesOf(service(name)))
        : labelled(read.get(name), 'outside', name, 'CRM, mailer, moderators'),
    ),
    text(
      MARGIN,
      below,
      `Not drawn: ${asked} queues system.request.SERVICE and system.operation.SERVICE (exchange ${facts.names.ingest}), read by the service in their name, which answers by exchange ${facts.names.reply};`,
      'note',
    ),
    text(
      MARGIN,
      below + 18,
      `queues event.SERVICE.REPLICA, in which each process hears of changes of catalogue and topology (exchange ${facts.names.event}). ${facts.systemQueues.events} keeps the last events for whoever wants to look; nobody reads it.`,
      'note',
    ),
    ...circuit(below + 30, facts),
    ...stores(below + 190, facts),
  ];
  const title = 'How services talk';
  const description =
    'Services publish to exchanges, exchanges feed queues, services and organisations read them. The tables of this page say the same.';
  return picture({ width: WIDTH, height: below + 340, title, description }, parts);
}
