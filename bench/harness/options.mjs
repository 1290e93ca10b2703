import { parseArgs } from 'node:util';

export const USAGE = `npm run bench -- [options]
  --only PATHS          of accept, drain, mails, events, stats, mtt-plan, start, with commas between them (default: all)
  --rounds N            pairs of floor and product, alternating (default 5)
  --count N             signatures, mails, events or reads per round (default 20000)
  --messages N          messages of the campaign that mtt-plan plans (default 1000000)
  --sizes N,N           stored actions for stats (default 10000,1000000; the largest: 10000000)
  --profile             keep the .cpuprofile files and print the top functions too
  --no-breakdown        leave out the extra rounds that show where the time goes
  --floors              the floors alone, without the product
  --no-build            measure what is in dist already`;

const wholeNumber = (text, name, from, to) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < from || value > to) {
    throw new Error(`--${name} takes a whole number from ${from} to ${to}, not "${text}"`);
  }
  return value;
};

const PATHS = ['accept', 'drain', 'mails', 'events', 'stats', 'mtt-plan', 'start'];

/** In the order of the list, since each leaves the services as the next wants them. */
function pathsOf(only) {
  const chosen = only?.split(',') ?? PATHS;
  if (chosen.some((path) => !PATHS.includes(path))) throw new Error(`--only takes ${PATHS.join(', ')}`);
  return PATHS.filter((path) => chosen.includes(path));
}

/** The command line as settings; throws with a text for the person who typed it. */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      count: { type: 'string', default: '20000' },
      messages: { type: 'string', default: '1000000' },
      sizes: { type: 'string', default: '10000,1000000' },
      profile: { type: 'boolean', default: false },
      'no-breakdown': { type: 'boolean', default: false },
      floors: { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    paths: pathsOf(values.only),
    rounds: wholeNumber(values.rounds, 'rounds', 1, 50),
    count: wholeNumber(values.count, 'count', 500, 200_000),
    messages: wholeNumber(values.messages, 'messages', 7_000, 5_000_000),
    sizes: values.sizes.split(',').map((size) => wholeNumber(size, 'sizes', 100, 10_000_000)),
    keepProfiles: values.profile,
    hasBreakdown: !values['no-breakdown'],
    hasProduct: !values.floors,
    isBuilt: values['no-build'],
    isHelp: values.help,
  };
}
