/** What in a batch has no effect, in sentences. */
import { defaultColumn } from '../prompts/entries.js';
import type { PromptTable } from '../prompts/table.js';
import type { Batch } from '../schema/batch.js';
import { settingNames } from '../schema/settings.js';

/**
 * @param unguided whether some picture has a guidance of 1 or less
 * @param negatives whether there is a negative prompt
 */
export function warningsOf(batch: Batch, unguided: boolean, negatives: boolean, table?: PromptTable): string[] {
  const warnings: string[] = [];
  if (unguided && negatives) warnings.push('The negative prompt has no effect where guidance is 1 or less.');
  if (batch.deadline) warnings.push('The deadline has no effect: this version does not schedule by it.');
  const promptColumn = batch.promptsFile?.column ?? defaultColumn;
  for (const column of table?.columns ?? []) {
    const meant = settingNames.find((name) => name.toLowerCase() === column.toLowerCase());
    if (meant && meant !== column && column !== promptColumn) {
      warnings.push(`The column ${column} of ${table!.fileName} has no effect; the setting is written ${meant}.`);
    }
  }
  return warnings;
}
