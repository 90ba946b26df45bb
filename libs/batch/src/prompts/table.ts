/** A prompt file, read: its prompts in order, with the other columns of each. */
export interface PromptTable {
  fileName: string;
  /** Names of the columns in order; empty for a `.txt` file, whose lines are the prompts. */
  columns: string[];
  rows: PromptRow[];
}

export interface PromptRow {
  /** Line of the file, from 1. */
  line: number;
  /** One cell per column; a `.txt` file has the single cell `prompt`. */
  cells: Readonly<Record<string, unknown>>;
}
