/** What in a batch has no effect, in sentences. */
import type { agentProto } from '@atelier/contracts';
import { defaultColumn } from '../prompts/entries.js';
import type { Batch } from '../schema/batch.js';
import { settingNames, type SettingName } from '../schema/settings.js';
import type { ResolvedReferences } from './types.js';

/**
 * @param samples a request of each render class
 * @param negatives whether there is a negative prompt
 */
export function warningsOf(
  batch: Batch,
  samples: readonly agentProto.RenderRequest[],
  negatives: boolean,
  { models, promptTable: table }: Pick<ResolvedReferences, 'models' | 'promptTable'>,
): string[] {
  const warnings: string[] = withoutEffect(batch, samples);
  const families = [...models.values()].map(({ architecture }) => architecture);
  if (batch.sdxl && families.length > 0 && families.every((family) => family && !family.startsWith('sdxl')))
    warnings.push('sdxl has no effect: no checkpoint of the batch is SDXL.');
  const unguided = samples.some(({ guidanceScale }) => guidanceScale <= 1);
  if (unguided && negatives) warnings.push('The negative prompt has no effect where guidance is 1 or less.');
  const promptColumn = batch.promptsFile?.column ?? defaultColumn;
  for (const column of table?.columns ?? []) {
    const meant = settingNames.find((name) => name.toLowerCase() === column.toLowerCase());
    if (meant && meant !== column && column !== promptColumn) {
      warnings.push(`The column ${column} of ${table!.fileName} has no effect; the setting is written ${meant}.`);
    }
  }
  return warnings;
}

/** Fields about images in a batch where no picture has the image that they are about. */
function withoutEffect(batch: Batch, samples: readonly agentProto.RenderRequest[]): string[] {
  const names = (key: SettingName) =>
    batch[key] !== undefined || (batch.matrix as Record<string, unknown> | undefined)?.[key] !== undefined;
  const begins = samples.some(({ initImage }) => initImage !== '');
  const masked = samples.some(({ mask }) => mask !== '');
  const looks = samples.some(({ resize }) => resize !== '');
  const lacking: [string, boolean, string][] = [
    ['mask', names('mask') && !begins, 'initImage'],
    ['strength', names('strength') && !begins, 'initImage'],
    ['maskBlur', batch.maskBlur !== undefined && !masked, 'mask on an initImage'],
    ['maskedOnly', batch.maskedOnly !== undefined && !masked, 'mask on an initImage'],
    ['resize', batch.resize !== undefined && !looks, 'image'],
  ];
  return lacking.filter(([, has]) => has).map(([field, , what]) => `${field} has no effect: the batch has no ${what}.`);
}
