import { AtelierError, type agentProto } from '@atelier/contracts';
import { describe, expect, it } from 'vitest';
import { checkBatch } from '../document/parse.js';
import { readPromptTable } from '../prompts/table.js';
import { expand } from './expand.js';
import { resolved } from './resolved.fixture.js';
import type { Expansion, ResolvedReferences } from './types.js';

type Document = Record<string, unknown>;
const expanded = (document: Document, references: Partial<ResolvedReferences> = {}): Expansion =>
  expand(
    checkBatch({
      kind: 'Batch',
      model: 'postcard',
      ...(document.promptsFile ? {} : { prompts: ['a house'] }),
      ...document,
    }),
    resolved(references),
  );

const all = <T>(expansion: Expansion, look: (request: agentProto.RenderRequest, index: number) => T): T[] =>
  Array.from({ length: expansion.total }, (_, i) => look(expansion.request(i), i));

const table = (text: string, name = 'list.csv') => readPromptTable(new TextEncoder().encode(text), name);

function refusalOf(document: Document, references: Partial<ResolvedReferences> = {}): AtelierError {
  try {
    expanded(document, references);
  } catch (error) {
    if (error instanceof AtelierError) return error;
    throw error;
  }
  throw new Error('The batch was taken.');
}

describe('a task', () => {
  it('has everything resolved, defaults in', () => {
    expect(expanded({}).request(0)).toEqual({
      checkpoint: { name: 'postcard', sha256: 'sha256 of postcard' },
      vae: undefined,
      loras: [],
      prompt: 'a house',
      negativePrompt: undefined,
      width: 128,
      height: 96,
      steps: 20,
      guidanceScale: 7.5,
      guidanceRescale: 0,
      sampler: '',
      schedule: '',
      eta: undefined,
      seed: 7,
      rng: 'cpu',
      clipSkip: 0,
      promptSyntax: 'weighted',
      requiredFeatures: [],
      reproducible: false,
      ...{ initImage: '', strength: 0, mask: '', maskBlur: 0, maskedPadding: undefined, resize: '', depthMap: '' },
      ...{ controls: [], refiner: undefined, sdxl: undefined, negativeSdxl: undefined },
      ...{
        embeddings: [],
        safetyChecker: undefined,
        hires: undefined,
        upscale: undefined,
        faces: undefined,
        frames: undefined,
      },
      ...{ seamless: false, variation: undefined, imageGuidance: undefined, noiseLevel: undefined, ipAdapters: [] },
    });
  });

  it('lists what its engine must be able to do', () => {
    const features = (document: Document) => expanded(document).request(0).requiredFeatures;
    expect(
      features({ sampler: 'DPM++ 2M Karras', clipSkip: 1, rng: 'gpu', vae: 'better', output: { format: 'webp' } }),
    ).toEqual(['sampler.dpmpp_2m', 'vae', 'clip_skip', 'rng.gpu', 'output.webp']);
    expect(features({ prompts: ['a (red:1.2) house <lora:ink:1>'] })).toEqual(['loras', 'prompt_weights']);
    expect(features({ negative: '(dark:1.2)' })).toEqual(['prompt_weights']);
    expect(features({ prompts: ['a (red:1.2) house <lora:ink:1>'], promptSyntax: 'plain' })).toEqual([]);
  });

  it('keeps an absent negative prompt apart from an empty one', () => {
    expect(expanded({}).request(0).negativePrompt).toBeUndefined();
    expect(expanded({ negative: '' }).request(0).negativePrompt).toBe('');
  });
});

describe('the order of tasks', () => {
  it('is prompts, then matrix keys as written, the last the fastest', () => {
    const expansion = expanded({ prompts: ['a', 'b {c|d}'], matrix: { steps: [1, 2], seed: { from: 5, count: 2 } } });
    expect(all(expansion, ({ prompt, steps, seed }) => `${prompt} ${steps} ${seed}`)).toEqual([
      'a 1 5', 'a 1 6', 'a 2 5', 'a 2 6',
      'b c 1 5', 'b c 1 6', 'b c 2 5', 'b c 2 6',
      'b d 1 5', 'b d 1 6', 'b d 2 5', 'b d 2 6',
    ]); // prettier-ignore
    expect(expansion.axesOf(1)).toEqual({ steps: 1, seed: 6 });
    expect(Object.keys(expansion.axesOf(1))).toEqual(['steps', 'seed']);
  });
});

describe('seeds', () => {
  it('count up from the drawn one by task', () => {
    const expansion = expanded({ prompts: ['a', 'b'], matrix: { steps: [1, 2] } }, { seedBase: 2 ** 32 - 2 });
    expect(all(expansion, ({ seed }) => seed)).toEqual([2 ** 32 - 2, 2 ** 32 - 1, 0, 1]);
    expect(all(expanded({ seed: -1, prompts: ['a', 'b'] }), ({ seed }) => seed)).toEqual([7, 8]);
  });

  it('count up from the given one in the same way, so that a drawn one can be given again', () => {
    const expansion = expanded({ seed: 100, prompts: ['a', 'b', 'c'] });
    expect(all(expansion, ({ seed }) => seed)).toEqual([100, 101, 102]);
    expect(expansion.seedBase).toBe(100);
  });

  it('of the matrix and of columns are exactly what is written', () => {
    expect(all(expanded({ prompts: ['a', 'b'], matrix: { seed: [5] } }), ({ seed }) => seed)).toEqual([5, 5]);
    const promptTable = table('prompt,seed\na,5\nb,\nc,-1\nd,5\n');
    expect(all(expanded({ promptsFile: { file: 'list.csv' } }, { promptTable }), ({ seed }) => seed)).toEqual([
      5, 8, 9, 5,
    ]);
  });
});

describe('include and exclude', () => {
  const look = (matrix: Document) => {
    const expansion = expanded({ steps: 9, matrix });
    return all(expansion, (_, i) => JSON.stringify(expansion.axesOf(i)).replaceAll('"', ''));
  };

  it('exclude removes every combination that it matches', () => {
    expect(look({ steps: [1, 2], seed: [1, 2, 3], exclude: [{ steps: 1, seed: 2 }, { seed: 3 }] })).toEqual([
      '{steps:1,seed:1}',
      '{steps:2,seed:1}',
      '{steps:2,seed:2}',
    ]);
  });

  it('include adds fields to the combinations that it matches, the later winning', () => {
    expect(look({ seed: [1, 2], include: [{ steps: 4 }, { seed: 2, steps: 8, guidance: 1 }] })).toEqual([
      '{seed:1,steps:4}',
      '{seed:2,steps:8,guidance:1}',
    ]);
  });

  it('include adds a combination where it matches none', () => {
    expect(
      look({ steps: [1, 2], seed: [1, 2], exclude: [{ steps: 2 }], include: [{ steps: 2, seed: 2 }, { seed: 9 }] }),
    ).toEqual(['{steps:1,seed:1}', '{steps:1,seed:2}', '{steps:2,seed:2}', '{seed:9}']);
  });

  it('include alone lists the combinations', () => {
    expect(look({ include: [{ seed: 1, steps: 2 }, { seed: 5 }] })).toEqual(['{steps:2,seed:1}', '{seed:5}']);
  });

  it('that leave nothing are refused', () => {
    expect(refusalOf({ matrix: { seed: [1], exclude: [{ seed: 1 }] } }).message).toBe(
      'matrix.exclude leaves no combination to render.',
    );
  });
});

describe('which setting wins', () => {
  it('matrix over column over top level', () => {
    const promptTable = table('prompt,steps,guidance,size\na,2,2,\nb,,,64x64\n');
    const expansion = expanded(
      { promptsFile: { file: 'list.csv' }, steps: 1, guidance: 1, matrix: { guidance: [3] } },
      { promptTable },
    );
    expect(all(expansion, ({ steps, guidanceScale, width }) => [steps, guidanceScale, width])).toEqual([
      [2, 3, 128],
      [1, 3, 64],
    ]);
  });

  it('a sampler with its schedule over a schedule below it, but not over one above', () => {
    const schedules = (document: Document) =>
      all(expanded(document), ({ sampler, schedule }) => `${sampler} ${schedule}`);
    expect(schedules({ schedule: 'exponential', matrix: { sampler: ['dpmpp_2m_karras', 'dpmpp_2m'] } })).toEqual([
      'dpmpp_2m karras',
      'dpmpp_2m exponential',
    ]);
    expect(schedules({ sampler: 'dpmpp_2m_karras', matrix: { sampler: ['ddim'] } })).toEqual(['ddim ']);
    expect(schedules({ sampler: 'dpmpp_2m_karras', matrix: { schedule: ['normal'] } })).toEqual(['dpmpp_2m normal']);
  });

  it('refuses schedules that the sampler contradicts or does not have', () => {
    expect(refusalOf({ sampler: 'dpmpp_2m_karras', schedule: 'normal' }).message).toMatch(
      /^schedule is normal, but the sampler/,
    );
    expect(refusalOf({ sampler: 'ddim', schedule: 'karras' }).message).toMatch(
      /^schedule is karras, which the sampler ddim \(DDIM\) does not have/,
    );
  });
});

describe('prompt files', () => {
  it('make a prompt of every row; a missing column is told together with those there are', () => {
    const rows = Array.from({ length: 1632 }, (_, i) => `A sign that says "number ${i}\tWorld\tBasic\t`);
    const promptTable = table(['Prompt\tCategory\tChallenge\tNote', ...rows].join('\n'), 'list.tsv');
    const expansion = expanded({ promptsFile: { file: 'list.tsv', column: 'Prompt' } }, { promptTable });
    expect(expansion.total).toBe(1632);
    expect(expansion.classes).toHaveLength(1);
    expect(expansion.warnings).toEqual([]);
    expect(expansion.request(1631).prompt).toBe('A sign that says "number 1631');
    expect(refusalOf({ promptsFile: { file: 'list.tsv' } }, { promptTable }).message).toBe(
      'promptsFile.column is missing; list.tsv has the columns Prompt, Category, Challenge, Note.',
    );
    expect(refusalOf({ promptsFile: { file: 'list.tsv', column: 'Text' } }, { promptTable }).message).toBe(
      'promptsFile.column is "Text"; list.tsv has the columns Prompt, Category, Challenge, Note.',
    );
  });

  it('are literal unless they are to be expanded', () => {
    const promptTable = table('a {b|c}\n', 'list.txt');
    expect(all(expanded({ promptsFile: { file: 'list.txt' } }, { promptTable }), ({ prompt }) => prompt)).toEqual([
      'a {b|c}',
    ]);
    const expansion = expanded({ promptsFile: { file: 'list.txt', expand: true } }, { promptTable });
    expect(all(expansion, ({ prompt }) => prompt)).toEqual(['a b', 'a c']);
  });

  it('name line and column of a wrong cell', () => {
    const promptTable = table('prompt,steps\na,1\nb,many\n');
    expect(refusalOf({ promptsFile: { file: 'list.csv' } }, { promptTable }).message).toMatch(
      /^list.csv line 3, column steps, is "many"; it takes a whole number from 1 to 1000/,
    );
  });

  it('warn of columns that are nearly settings', () => {
    const promptTable = table('prompt,Steps\na,1\n');
    expect(expanded({ promptsFile: { file: 'list.csv' } }, { promptTable }).warnings).toEqual([
      'The column Steps of list.csv has no effect; the setting is written steps.',
    ]);
  });
});

describe('LoRAs', () => {
  it('of a prompt join those of the settings, and make render classes differ', () => {
    const expansion = expanded({ prompts: ['a <lora:{ink|oil}:{0.5|1}> {x|y}'], loras: [{ name: 'fog', weight: 2 }] });
    expect(expansion.total).toBe(8);
    expect(expansion.classes.map(({ count, at }) => [count, at(0), at(1)])).toEqual([
      [2, 0, 1],
      [2, 2, 3],
      [2, 4, 5],
      [2, 6, 7],
    ]);
    expect(expansion.request(3)).toMatchObject({
      prompt: 'a  y',
      loras: [
        { model: { name: 'fog' }, weight: 2, textEncoderWeight: 2 },
        { model: { name: 'ink' }, weight: 1, textEncoderWeight: 1 },
      ],
    });
    expect(expansion.promptOf(3)).toBe('a <lora:ink:1> y');
  });

  it('may be put together by choices on both sides', () => {
    const expansion = expanded({ prompts: ['{<lora:ink|sky} {x|y}:1>'] });
    expect(all(expansion, ({ loras }) => loras.map(({ model }) => model?.name))).toEqual([
      ['ink x'],
      ['ink y'],
      [],
      [],
    ]);
    expect(expansion.classes.map(({ count, at }) => [count, at(0)])).toEqual([
      [1, 0],
      [1, 1],
      [2, 2],
    ]);
  });

  it('may stand once', () => {
    expect(refusalOf({ prompts: ['a <lora:ink:1>'], loras: [{ name: 'ink' }] }).message).toMatch(
      /^loras apply "ink" twice/,
    );
  });
});

describe('render classes', () => {
  it('split by what changes a run, not by seeds and negative prompts', () => {
    const expansion = expanded({
      prompts: ['a', 'b'],
      matrix: { seed: { from: 0, count: 3 }, guidance: [1, 2], negative: ['x', 'y'] },
    });
    expect(expansion.classes.map(({ count }) => count)).toEqual([12, 12]);
    const [one, two] = expansion.classes as [(typeof expansion.classes)[0], (typeof expansion.classes)[0]];
    expect(Array.from({ length: 12 }, (_, i) => one.at(i))).toEqual([0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21]);
    expect(one.residencyKey).toBe(two.residencyKey);
    expect(one.costKey).not.toBe(two.costKey);
  });

  it('follow fields that include ties to single seeds', () => {
    const expansion = expanded({ matrix: { seed: { from: 0, count: 1000 }, include: [{ seed: 500, steps: 50 }] } });
    expect(expansion.classes.map(({ count, at }) => [count, at(0), at(count - 1)])).toEqual([
      [999, 0, 999],
      [1, 500, 500],
    ]);
  });

  it('are few, or the batch is refused without looking at them', () => {
    const matrix = { guidance: { from: 1, count: 5000, step: 0.001 }, seed: { from: 0, count: 1000 } };
    expect(refusalOf({ matrix })).toMatchObject({
      code: 'batch_too_large',
      message: expect.stringMatching(/4,096 render classes/),
    });
  });
});

describe('large batches', () => {
  it('cost what their text costs', () => {
    const expansion = expanded({
      prompts: ['{a|b|c|d|e|f|g|h|i|j}'],
      matrix: { steps: [1, 2], seed: { from: 0, count: 500_000 } },
    });
    expect(expansion.total).toBe(1e7);
    expect(expansion.classes.map(({ count }) => count)).toEqual([5e6, 5e6]);
    expect(expansion.classes[1]!.at(4_999_999)).toBe(9_999_999);
    expect(expansion.request(9_999_999)).toMatchObject({ prompt: 'j', steps: 2, seed: 499_999 });
    expect(expansion.fileName(9_999_999)).toBe('9999999-499999.png');
  });

  it.each([
    {
      matrix: {
        seed: { from: 0, count: 1e6 },
        guidance: { from: 1, count: 1000, step: 0.01 },
        steps: { from: 1, count: 1000 },
      },
    },
    { prompts: ['{a|b}'.repeat(40)] },
    { matrix: { seed: { from: 0, count: 1e7 }, steps: [1, 2] } },
  ])('are refused at once when they exceed 10^7 tasks: %j', (document) => {
    expect(refusalOf(document)).toMatchObject({
      code: 'batch_too_large',
      message: expect.stringMatching(/^The batch makes [\d,]+ tasks; a job has at most 10,000,000\.$/),
    });
  });

  it('may be large before exclusions bring them down', () => {
    const exclude = [2, 3, 4, 5].map((steps) => ({ steps }));
    const expansion = expanded({ matrix: { steps: [1, 2, 3, 4, 5], seed: { from: 0, count: 9e6 }, exclude } });
    expect(expansion.total).toBe(9e6);
  });
});

describe('refused, with the field or model named', () => {
  it('a batch without model', () => {
    expect(refusalOf({ model: undefined }).message).toBe(
      'model is missing; give it at the top, in the matrix or as a column.',
    );
  });

  it('a model that was not resolved', () => {
    expect(refusalOf({}, { models: new Map() })).toMatchObject({
      code: 'unknown_model',
      message: 'The model "postcard" is in no folder of ATELIER_MODELS.',
    });
  });
});

it('warns of a negative prompt that guidance turns off', () => {
  const warning = 'The negative prompt has no effect where guidance is 1 or less.';
  expect(expanded({ negative: 'blurry', matrix: { guidance: [1, 2] } }).warnings).toEqual([warning]);
  expect(expanded({ negative: 'blurry', guidance: 2 }).warnings).toEqual([]);
});

describe('axes', () => {
  it('lead to every task, and to none where a combination is left out', () => {
    const expansion = expanded({
      prompts: ['a {red|blue} house'],
      matrix: {
        guidance: [1, 7.5],
        seed: { from: 10, count: 3 },
        exclude: [{ guidance: 1, seed: 11 }],
      },
    });
    expect(expansion.axes.map(({ key, size }) => [key, size])).toEqual([
      ['prompt', 2],
      ['guidance', 2],
      ['seed', 3],
    ]);
    expect(expansion.axes.map(({ textAt }) => textAt(1))).toEqual(['a blue house', '7.5', '11']);
    const found: (number | null)[] = [];
    for (const prompt of [0, 1])
      for (const guidance of [0, 1])
        for (const seed of [0, 1, 2]) found.push(expansion.indexOf([prompt, guidance, seed]));
    expect(found).toEqual([0, null, 1, 2, 3, 4, 5, null, 6, 7, 8, 9]);
    expect(expansion.seedOf(9)).toBe(12);
  });

  it('are the prompts alone where there is no matrix', () => {
    const { axes, indexOf } = expanded({ prompts: ['a house', 'a boat'] });
    expect(axes.map(({ key }) => key)).toEqual(['prompt']);
    expect(indexOf([1])).toBe(1);
  });
});
