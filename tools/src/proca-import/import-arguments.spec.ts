import { readArguments } from './import-arguments';

const from = 'postgres://u:secret@old/proca';
const to = 'postgresql://u:secret@new/groundswell';

it('reads a whole command', () => {
  expect(readArguments(['--from', from, '--to', to])).toEqual({
    ...{ from, to, schema: 'public', undelivered: 'leave', isDry: false, isJson: false },
  });
  const more = ['--schema', 'views', '--undelivered', 'deliver', '--dry-run', '--json'];
  expect(readArguments(['--from', from, '--to', to, ...more])).toEqual({
    ...{ from, to, schema: 'views', undelivered: 'deliver', isDry: true, isJson: true },
  });
});

it('takes databases from the environment, but rather what was typed', () => {
  const given = { from, to: 'postgres://another' };
  expect(readArguments(['--to', to], given)).toMatchObject({ from, to });
});

it.each([
  [[], '--from is missing'],
  [['--from', from], '--to is missing'],
  [['--from', 'secret', '--to', to], '--from is no postgres:// URL'],
  [['--from', from, '--to', from], '--from and --to are the same database'],
  [['--from', from, '--to', to, '--undelivered', 'yes'], '--undelivered is leave or deliver, not "yes"'],
])('%j: %s', (args, message) => {
  expect(() => readArguments(args)).toThrow(message);
});

it('never repeats a password', () => {
  expect(() => readArguments(['--from', 'mysql://u:secret@old', '--to', to])).toThrow(/^((?!secret).)*$/);
});
