import { readFileSync } from 'node:fs';
import { Command, type OutputConfiguration } from 'commander';
import { commandGroups } from './commands/list.js';

/** The command line. Commands that `args` does not name stay bare: `--help` lists them without loading any. */
export async function createProgram(args: readonly string[], output: OutputConfiguration = {}): Promise<Command> {
  const program = new Command('atelier')
    .description('A render farm for Stable Diffusion.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (command) => command.name(), styleTitle: (title) => title })
    .configureOutput({ outputError: () => {}, ...output })
    .addHelpText('after', '\n"atelier COMMAND --help" says more.')
    .exitOverride();

  for (const [group, entries] of Object.entries(commandGroups)) {
    program.commandsGroup(group);
    for (const { name, summary, load } of entries) {
      const command = program
        .command(name)
        .summary(summary)
        .description(sentence(summary))
        .option('--json', 'print JSON to stdout, and nothing else there');
      if (args.includes(command.name())) (await load()).define(command);
    }
  }
  return program;
}

const sentence = (summary: string) => `${summary[0]!.toUpperCase()}${summary.slice(1)}.`;

function version(): string {
  return (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;
}
