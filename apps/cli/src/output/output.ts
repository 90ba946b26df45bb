/** Where a command's words go: its answer to stdout, everything else to stderr. */
import pc from 'picocolors';

export interface Output {
  readonly json: boolean;
  /** Colours for stdout; they do nothing in a pipe. */
  readonly colors: ReturnType<typeof pc.createColors>;
  /** The answer: `value` with `--json`, else what `text` gives. */
  answer(value: unknown, text: () => string): void;
  /** One of several answers over time: `value` on a line with `--json`, else what `text` gives, if anything. */
  line(value: unknown, text?: () => string): void;
  /** For a person who looks on: stderr. */
  note(text: string): void;
}

export function createOutput({ json = false }: { json?: boolean }): Output {
  const print = (text: string) => process.stdout.write(text + '\n');
  return {
    json,
    colors: pc.createColors(pc.isColorSupported && process.stdout.isTTY === true),
    answer: (value, text) => void print(json ? JSON.stringify(value, null, 2) : text()),
    line(value, text) {
      if (json) print(JSON.stringify(value));
      else if (text) print(text());
    },
    note: (text) => void process.stderr.write(text + '\n'),
  };
}
