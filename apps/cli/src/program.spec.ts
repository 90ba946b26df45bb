import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandGroups } from './commands/list.js';
import { createProgram } from './program.js';

const names = Object.values(commandGroups)
  .flat()
  .map(({ name }) => name);

test('help lists every command once', async () => {
  const help = (await createProgram(['--help'])).helpInformation();
  for (const name of names) expect(help.match(new RegExp(`^  ${name} `, 'gm')), name).toHaveLength(1);
});

test.each(names)('%s says in its help what each option does', async (name) => {
  const program = await createProgram([name]);
  const command = program.commands.find((each) => each.name() === name)!;
  const help = command.helpInformation();
  expect(help).toContain('--json');
  expect(help).toMatch(new RegExp(`^Usage: atelier ${name} \\[options\\]`));
  for (const option of command.options) expect(option.description, option.long).not.toBe('');
});

test.each([
  [['sumbit'], "unknown command 'sumbit'"],
  [['jobs', '--stat'], "unknown option '--stat'"],
  [['jobs', '--state', 'done'], "'done' is invalid"],
  [['job'], "missing required argument 'id'"],
  [['download', 'j1'], "required option '--output <dir>' not specified"],
  [['jobs', 'extra'], 'too many arguments'],
])('%j is refused', async (args, sentence) => {
  const program = await createProgram(args);
  await expect(program.parseAsync(args, { from: 'user' })).rejects.toThrow(sentence);
});

test('docs/cli.md tells of every command', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8');
  expect(names.filter((name) => !page.includes(`\`${name}`))).toEqual([]);
});
