/** The batch specification: schema, expansion into tasks, render classes and the text inside the pictures. */
export type { PromptRow, PromptTable } from './prompts/table.js';
export type * from './expansion/types.js';
