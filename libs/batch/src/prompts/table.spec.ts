import { describe, expect, it } from 'vitest';
import { readPromptTable } from './table.js';

const read = (text: string, name: string) => readPromptTable(new TextEncoder().encode(text), name);
const prompts = (text: string, name: string, column = 'prompt') =>
  read(text, name).rows.map(({ cells }) => cells[column]);

describe('a prompt file', () => {
  it('.txt has a prompt per line; blank lines are passed over', () => {
    const table = read('\uFEFFone {a|b}\r\n\r\n  two, "quoted"\n', 'list.TXT');
    expect(table).toEqual({
      fileName: 'list.TXT',
      columns: ['prompt'],
      rows: [
        { line: 1, cells: { prompt: 'one {a|b}' } },
        { line: 3, cells: { prompt: 'two, "quoted"' } },
      ],
    });
  });

  it('.csv has a header, quotes, and line breaks inside them; empty cells are absent', () => {
    const table = read('prompt,seed\n"a, ""b""\nc",5\nd,\n', 'list.csv');
    expect(table.columns).toEqual(['prompt', 'seed']);
    expect(table.rows).toEqual([
      { line: 3, cells: { prompt: 'a, "b"\nc', seed: '5' } },
      { line: 4, cells: { prompt: 'd' } },
    ]);
  });

  it('.tsv takes quotes as text', () => {
    expect(prompts('Prompt\tNote\n"Fly an airplane\tx\nsays "hi"\t\n', 'list.tsv', 'Prompt')).toEqual([
      '"Fly an airplane',
      'says "hi"',
    ]);
  });

  it('.jsonl has an object per line', () => {
    expect(prompts('{"prompt": "a", "seed": 1}\n\n{"prompt": "b"}', 'list.jsonl')).toEqual(['a', 'b']);
  });

  it.each([
    ['a', 'list.pdf', 'list.pdf ends in none of .txt, .csv, .tsv, .jsonl.'],
    ['', 'list.txt', 'list.txt has no prompt.'],
    ['prompt,seed\n', 'list.csv', 'list.csv has no prompt.'],
    ['prompt,prompt\na,b\n', 'list.csv', 'list.csv has the column "prompt" twice.'],
    ['{"prompt": "a"}\n{oops', 'list.jsonl', 'list.jsonl line 2 is "{oops", not a JSON object.'],
    ['["a"]', 'list.jsonl', 'list.jsonl line 1 is ["a"], not a JSON object.'],
  ])('%j as %s is refused', (text, name, message) => {
    expect(() => read(text, name)).toThrow(message);
  });

  it('with a ragged row names its line', () => {
    expect(() => read('prompt,seed\na,1\nb,2,3\n', 'list.csv')).toThrow(/list.csv cannot be read as a table: .*line 3/);
  });

  it('that is not UTF-8 is refused', () => {
    expect(() => readPromptTable(new Uint8Array([0xff, 0xfe, 0x41]), 'list.txt')).toThrow(
      'list.txt is not UTF-8 text.',
    );
  });
});
