/** What is typed on the page as a batch of one picture. Pure. */
import { stringify } from 'yaml';

/** As typed: empty is the farm's or the checkpoint's own. */
export interface PlaySettings {
  steps: string;
  guidance: string;
  size: string;
  seed: string;
  negative: string;
  lora: string;
}

export function playBatch(prompt: string, model: string, settings: PlaySettings): string {
  const number = (text: string) => (text.trim() === '' ? undefined : Number(text));
  return stringify({
    kind: 'Batch',
    name: prompt.slice(0, 60),
    model,
    loras: settings.lora ? [{ name: settings.lora }] : undefined,
    steps: number(settings.steps),
    guidance: number(settings.guidance),
    size: settings.size.trim() || undefined,
    seed: number(settings.seed),
    negative: settings.negative || undefined,
    prompts: [prompt.replaceAll(/(?<!\\)[{}]/g, '\\$&')],
    interactive: true,
  });
}
