/** A tool that goes on in another process hands this over, so that its times count from the command a person gave. */
const started = Number(process.env.GROUNDSWELL_STARTED_AT ?? Date.now());
delete process.env.GROUNDSWELL_STARTED_AT;
export const startEnv = { GROUNDSWELL_STARTED_AT: String(started) };

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`.padStart(8);
const listeners = new Set();

// A closed terminal or a broken pipe must not end a run that others depend on.
process.stdout.on('error', () => {});

/** Prints one line for the person who started the tool. */
export function say(line = '') {
  process.stdout.write(`${line}\n`);
  for (const listen of listeners) listen(line);
}

/** Hands every further line to `listen` as well (a detached run reports to the command that started it). */
export const alsoSay = (listen) => listeners.add(listen);

/** Runs one step and prints its name with the seconds it took; a failure is printed the same way and thrown on. */
export async function step(title, work) {
  const begin = Date.now();
  try {
    const result = await work((note) => say(`             … ${note}`));
    say(`${seconds(Date.now() - begin)}  ${title}`);
    return result;
  } catch (error) {
    say(`${seconds(Date.now() - begin)}  ${title}: ${error.name === 'AbortError' ? 'interrupted' : 'FAILED'}`);
    throw error;
  }
}

export const secondsSinceStart = () => seconds(Date.now() - started).trim();
