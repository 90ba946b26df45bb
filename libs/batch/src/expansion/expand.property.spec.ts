/** The expansion against the plain reading of the format: nested loops over small batches, every task written out. */
import { AtelierError, type agentProto } from '@atelier/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkBatch } from '../document/parse.js';
import { readPromptTable } from '../prompts/table.js';
import { expand } from './expand.js';
import { renderKeys } from './keys.js';
import { resolved } from './resolved.fixture.js';

type Values = Record<string, unknown>;

/** Values of every key that the random batches use, as few as make all cases meet. */
const values: Record<string, fc.Arbitrary<unknown>> = {
  model: fc.constantFrom('one', 'two', 'alias=two'),
  vae: fc.constantFrom('auto', 'soft'),
  loras: fc.constantFrom([], [{ name: 'ink' }], [{ name: 'ink', weight: 0.5 }]),
  sampler: fc.constantFrom('ddim', 'pndm', 'dpmpp_2m', 'dpmpp_2m_karras'),
  steps: fc.integer({ min: 1, max: 4 }),
  guidance: fc.constantFrom(1, 1.5, 7),
  size: fc.constantFrom('64x64', '64x72'),
  negative: fc.constantFrom('', 'dark'),
  seed: fc.integer({ min: 0, max: 5 }),
};
const keys = Object.keys(values);

const someSettings = (from: string[]) =>
  fc.record(Object.fromEntries(from.map((key) => [key, values[key]!])), { requiredKeys: [] });

const axis = (key: string): fc.Arbitrary<unknown> => {
  const list = fc.uniqueArray(values[key]!, { minLength: 1, maxLength: 3, selector: (value) => JSON.stringify(value) });
  if (key !== 'seed' && key !== 'steps') return list;
  const range = fc.record({
    from: fc.integer({ min: 1, max: 3 }),
    count: fc.integer({ min: 1, max: 4 }),
    step: fc.constantFrom(1, 2),
  });
  return fc.oneof(list, range);
};

const listOf = (values: unknown): unknown[] => {
  if (Array.isArray(values)) return values;
  const { from, count, step } = values as { from: number; count: number; step: number };
  return Array.from({ length: count }, (_, i) => from + i * step);
};

const matrix = fc.shuffledSubarray(keys, { maxLength: 4 }).chain((chosen) =>
  fc.record(Object.fromEntries(chosen.map((key) => [key, axis(key)]))).chain((axes) => {
    const ordered = Object.fromEntries(chosen.map((key) => [key, axes[key]]));
    const onAxes = fc.record(Object.fromEntries(chosen.map((key) => [key, fc.constantFrom(...listOf(axes[key]))])), {
      requiredKeys: [],
    });
    const exclude = chosen.length === 0 ? fc.constant<Values[]>([]) : fc.array(onAxes, { maxLength: 3 });
    const included = fc.tuple(onAxes, someSettings(keys)).map(([fitting, any]) => ({ ...any, ...fitting }));
    return fc
      .tuple(exclude, fc.array(fc.oneof(included, someSettings(keys)), { maxLength: 3 }))
      .map(([exclude, include]) => ({
        ...ordered,
        ...(exclude.length > 0 ? { exclude } : {}),
        ...(include.length > 0 ? { include } : {}),
      }));
  }),
);

const prompt = fc
  .array(fc.constantFrom('a ', '{x|y}', '{|z|w}', ' <lora:fog:1>', '{<lora:oil:1>|plain}', '<lora:{p|q}:0.5>', ' b'), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => [...new Set(parts)].join(''));

const row = fc.tuple(prompt, someSettings(['steps', 'seed', 'negative', 'model']));
const prompts = fc.oneof(
  fc.array(prompt, { minLength: 1, maxLength: 3 }).map((prompts) => ({ prompts })),
  fc.record({ rows: fc.array(row, { minLength: 1, maxLength: 4 }), expand: fc.boolean() }),
);

const field = fc.constantFrom('index', 'seed', 'promptIndex', ...keys.filter((key) => key !== 'negative'));
const namePart = fc.oneof(
  field.map((field) => `{${field}}`),
  fc.constantFrom('-', '_', 'x'),
);
const outputName = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.array(namePart, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')) },
);

/** Every reading of `{a|b}` in a text, the last choice the fastest. */
function readings(text: string): string[] {
  const found = /^(.*?)\{([^{}]*)\}(.*)$/.exec(text);
  if (!found) return [text];
  const [, before, choices, after] = found;
  return choices!.split('|').flatMap((choice) => readings(after!).map((rest) => before! + choice + rest));
}

const matches = (combination: Values, wanted: Values, keys: string[]) =>
  keys.every((key) => wanted[key] === undefined || JSON.stringify(wanted[key]) === JSON.stringify(combination[key]));

/** The combinations of a matrix, as the documentation of CI matrices puts it. */
function combinationsOf({
  include = [],
  exclude = [],
  ...axes
}: { include?: Values[]; exclude?: Values[] } & Values): Values[] {
  const names = Object.keys(axes);
  const product = names.reduce<Values[]>(
    (heads, key) => heads.flatMap((head) => listOf(axes[key]).map((value) => ({ ...head, [key]: value }))),
    [{}],
  );
  const none = names.length === 0 && include.length > 0;
  const kept = none ? [] : product.filter((cell) => !exclude.some((wanted) => matches(cell, wanted, names)));
  const originals = kept.map((cell) => ({ ...cell }));
  const added: Values[] = [];
  for (const entry of include) {
    const fitting = originals.flatMap((cell, i) => (matches(cell, entry, names) ? [i] : []));
    if (fitting.length === 0) added.push(entry);
    for (const i of fitting) Object.assign(kept[i]!, entry);
  }
  return [...kept, ...added];
}

const lorasOf = ({ loras = [] }: Values) =>
  (loras as { name: string; weight?: number }[]).map(({ name, weight = 1 }) => [name, weight]);
const tagsOf = (text: string) =>
  [...text.matchAll(/<lora:([^:>]+):([\d.]+)>/g)].map(([, name, weight]) => [name, Number(weight)]);
const describeClass = (request: agentProto.RenderRequest) => ({
  ...renderKeys(request),
  features: request.requiredFeatures,
});

const scene = fc.record({ matrix, prompts, top: someSettings(keys.filter((key) => key !== 'negative')), outputName });

describe('any small batch', () => {
  const outcome = { taken: 0, refused: 0 };

  it('makes the tasks, classes and names that writing every task out would make', () => {
    fc.assert(
      fc.property(scene, ({ matrix, prompts, top, outputName }) => {
        const table = 'rows' in prompts ? prompts : undefined;
        const document = {
          kind: 'Batch',
          model: 'one',
          ...top,
          ...(table
            ? { promptsFile: { file: 'p.jsonl', expand: table.expand } }
            : { prompts: (prompts as { prompts: string[] }).prompts }),
          matrix,
          ...(outputName === undefined ? {} : { output: { name: outputName } }),
        };
        const lines = table?.rows.map(([prompt, columns]) => JSON.stringify({ prompt, ...columns })).join('\n');
        const promptTable =
          lines === undefined ? undefined : readPromptTable(new TextEncoder().encode(lines), 'p.jsonl');

        let expansion;
        try {
          expansion = expand(checkBatch(document), resolved({ ...(promptTable ? { promptTable } : {}), seedBase: 40 }));
        } catch (error) {
          expect(error).toBeInstanceOf(AtelierError);
          outcome.refused++;
          return;
        }
        outcome.taken++;

        const entries: [string, Values][] = table
          ? table.rows.map(([text, columns]) => [text.trim(), columns])
          : (prompts as { prompts: string[] }).prompts.map((text) => [text, {}]);
        const written = entries.flatMap(([text, columns]) =>
          (table && !table.expand ? [text] : readings(text)).map((text) => ({ text, columns })),
        );
        const combinations = combinationsOf(matrix);
        const tasks = written.flatMap((prompt) => combinations.map((combination) => ({ ...prompt, combination })));
        expect(expansion.total).toBe(tasks.length);

        const wanted = tasks.map(({ text, columns, combination }, i) => {
          const settings: Values = { ...top, ...columns, ...combination };
          const ownSeed = columns.seed !== undefined || combination.seed !== undefined;
          return {
            prompt: text.includes('<lora:') ? text.replaceAll(/<lora:[^>]*>/g, '').trim() : text,
            written: text,
            combination,
            seed: ownSeed ? settings.seed : ((top as { seed?: number }).seed ?? 40) + i,
            steps: settings.steps ?? 20,
            guidance: settings.guidance ?? 7.5,
            negative: settings.negative,
            model: String(settings.model ?? 'one').replace('alias=', ''),
            vae: settings.vae === 'soft' ? 'soft' : undefined,
            sampler: String(settings.sampler ?? '').replace('_karras', ''),
            schedule: settings.sampler === 'dpmpp_2m_karras' ? 'karras' : '',
            size: settings.size ?? '128x96',
            loras: [...lorasOf(settings), ...tagsOf(text)],
          };
        });
        const made = tasks.map((_, i) => {
          const request = expansion.request(i);
          return {
            prompt: request.prompt,
            written: expansion.promptOf(i),
            combination: expansion.axesOf(i),
            seed: expansion.seedOf(i),
            steps: request.steps,
            guidance: request.guidanceScale,
            negative: request.negativePrompt,
            model: request.checkpoint?.name,
            vae: request.vae?.name,
            sampler: request.sampler,
            schedule: request.schedule,
            size: `${request.width}x${request.height}`,
            loras: request.loras.map(({ model, weight }) => [model?.name, weight]),
          };
        });
        expect(made).toEqual(wanted);

        const sorted = expansion.classes.map((one) => {
          const indices = Array.from({ length: one.count }, (_, ordinal) => one.at(ordinal));
          const keys = new Set(indices.map((index) => JSON.stringify(describeClass(expansion.request(index)))));
          const { residencyKey, costKey, batchKey, features } = one;
          expect([...keys]).toEqual([JSON.stringify({ residencyKey, costKey, batchKey, features })]);
          return indices;
        });
        expect(sorted.flat().sort((a, b) => a - b)).toEqual(tasks.map((_, i) => i));
        expect(new Set(expansion.classes.map(({ batchKey }) => batchKey)).size).toBe(expansion.classes.length);

        const names = tasks.map((_, i) => expansion.fileName(i));
        expect(new Set(names).size).toBe(names.length);
      }),
      { numRuns: 300, seed: 1 },
    );
    // Refused are names that may collide, LoRAs named twice, and matrices of which nothing is left.
    expect(outcome.taken).toBeGreaterThan(outcome.refused);
  }, 60_000);
});
