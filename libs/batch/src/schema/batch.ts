/** The batch as a document: every field of docs/batch-format.md, as one zod schema. */
import { z } from 'zod';
import { choice, fields, listOf, name, real, whole } from './fields.js';
import { prompt, Range, settingSchemas } from './settings.js';

const file = (what: string) => name(`the path of ${what}, relative to the batch file`);

const PromptsFile = fields(
  {
    file: file('a .txt, .csv, .tsv or .jsonl file').describe('The file; its ending says the format.'),
    column: name('the name of a column').optional().describe('Column with the prompts. Default `prompt`.'),
    expand: z.boolean('true or false').optional().describe('Enumerate {a|b} in its prompts too. Default false.'),
    sha256: z
      .string('a SHA-256 in hex')
      .regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex')
      .optional()
      .describe('Hash of the uploaded asset. The command line fills it in.'),
  },
  'a map with `file` and perhaps `column`',
);

const someSettings = z.object(settingSchemas).partial().shape;

const values = <T extends z.ZodType>(value: T) => listOf(value, 'a list of at least one value').optional();
const valuesOrRange = <T extends z.ZodType>(value: T) =>
  z
    .union([listOf(value, 'a list of at least one value'), Range], 'a list of values, or a range {from, count, step}')
    .optional();

const Combination = fields(someSettings, 'a map of matrix keys to one value each');

const Matrix = fields(
  {
    model: values(settingSchemas.model),
    vae: values(settingSchemas.vae),
    loras: values(settingSchemas.loras),
    sampler: values(settingSchemas.sampler),
    schedule: values(settingSchemas.schedule),
    steps: valuesOrRange(settingSchemas.steps),
    guidance: valuesOrRange(settingSchemas.guidance),
    eta: valuesOrRange(settingSchemas.eta),
    size: values(settingSchemas.size),
    negative: values(settingSchemas.negative),
    seed: valuesOrRange(settingSchemas.seed),
    rng: values(settingSchemas.rng),
    clipSkip: valuesOrRange(settingSchemas.clipSkip),
    include: listOf(Combination, 'a list of combinations')
      .optional()
      .describe('Fields added to matching combinations.'),
    exclude: listOf(Combination, 'a list of combinations').optional().describe('Combinations that are left out.'),
  },
  'a map of settings to lists of values',
);

const Control = fields(
  {
    model: name('the name or hash of a ControlNet'),
    image: file('an image'),
    preprocess: choice(['none', 'canny']).optional().describe('Default none: the image is the map.'),
    low: whole(0, 255).optional().describe('Lower threshold of canny. Default 100.'),
    high: whole(0, 255).optional().describe('Upper threshold of canny. Default 200.'),
    scale: real(0, 10).optional().describe('Default 1.'),
    start: real(0, 1).optional().describe('Share of the steps at which it begins. Default 0.'),
    end: real(0, 1).optional().describe('Share of the steps at which it ends. Default 1.'),
    guess: z.boolean('true or false').optional().describe('Default false.'),
  },
  'a map with `model` and `image`',
);

const strengthTakes = 'a number above 0 and at most 1';
const pair = z.tuple([whole(0, 8192), whole(0, 8192)], 'a list of two whole numbers');

export const Batch = fields(
  {
    kind: z.literal('Batch', 'the word Batch'),
    version: z.literal(1, '1').optional().describe('Version of this format.'),
    name: name('a name').optional().describe('Name of the job. Default: untitled.'),
    project: name('the name of a project').optional().describe('For shares, quotas and budgets.'),
    ...someSettings,
    promptSyntax: choice(['weighted', 'plain'])
      .optional()
      .describe('`plain` takes every character of the prompts as text. Default weighted.'),
    prompts: listOf(prompt, 'a list of at least one prompt')
      .optional()
      .describe('One picture each for every combination of the matrix; {a|b} enumerates.'),
    promptsFile: PromptsFile.optional().describe('A file with prompts, instead of `prompts`.'),
    matrix: Matrix.optional().describe('Settings with several values: every combination is rendered.'),
    priority: z
      .union(
        [choice(['low', 'normal', 'high']), whole(-1000, 1000)],
        'low, normal, high or a whole number from -1000 to 1000',
      )
      .optional()
      .describe('Higher runs first; low is -100, normal 0, high 100.'),
    deadline: z
      .string('a time such as 30m, 2h or 1d')
      .regex(/^\d+(\.\d+)?[smhd]$/, 'a time such as 30m, 2h or 1d')
      .optional()
      .describe('Time from submit to the last picture.'),
    dependsOn: listOf(name('the id of a job'), 'a list of job ids')
      .optional()
      .describe('Jobs that must complete first.'),
    output: fields(
      {
        format: choice(['png', 'jpeg', 'webp']).optional().describe('Default png.'),
        name: name('a file name with fields such as {index}').optional().describe('Default {index}-{seed}.'),
      },
      'a map with `format` and `name`',
    )
      .optional()
      .describe('File format and names of the pictures.'),
    reproducible: z
      .boolean('true or false')
      .optional()
      .describe('Renders every picture in a run of its own. Default false.'),
    initImage: file('an image').optional().describe('Picture to start from.'),
    strength: real(0, 1, strengthTakes)
      .gt(0, strengthTakes)
      .optional()
      .describe('Share of the steps that are run on `initImage`.'),
    mask: file('an image').optional().describe('White is repainted.'),
    maskBlur: whole(0, 1024).optional().describe('In pixels.'),
    maskedOnly: fields({ padding: whole(0, 8192).optional() }, 'a map with `padding`')
      .optional()
      .describe('Renders only the masked part, with this much around it in pixels.'),
    resize: choice(['stretch', 'crop', 'pad']).optional().describe('How images are brought to size. Default crop.'),
    control: listOf(Control, 'a list of ControlNets').optional().describe('ControlNets that guide the picture.'),
    refiner: fields(
      { model: name('the name or hash of a checkpoint'), switchAt: real(0, 1).optional().describe('Default 0.8.') },
      'a map with `model`',
    )
      .optional()
      .describe('Second checkpoint that takes over in the last steps.'),
    hires: fields(
      {
        scale: real(1, 8),
        steps: whole(1, 1000).optional(),
        strength: real(0, 1, strengthTakes).gt(0, strengthTakes).optional(),
        upscaler: name('the name of an upscaler').optional(),
      },
      'a map with `scale`',
    )
      .optional()
      .describe('Renders again at a larger size.'),
    upscale: fields(
      { model: name('the name or hash of an upscaler'), scale: real(1, 8).optional() },
      'a map with `model`',
    )
      .optional()
      .describe('Enlarges the finished picture.'),
    frames: fields(
      {
        count: whole(1, 1024).optional().describe('Default 16.'),
        motion: name('the name or hash of a motion module'),
        fps: whole(1, 240).optional().describe('Default 8.'),
        format: choice(['gif', 'webp', 'mp4']).optional(),
      },
      'a map with `motion`',
    )
      .optional()
      .describe('Makes a clip instead of a picture.'),
    sdxl: fields(
      {
        originalSize: pair.optional(),
        cropTopLeft: pair.optional(),
        targetSize: pair.optional(),
        aestheticScore: real(0, 10).optional(),
        negativeAestheticScore: real(0, 10).optional(),
      },
      'a map of SDXL conditions',
    )
      .optional()
      .describe('Sizes and scores that SDXL is conditioned on.'),
  },
  'a map of fields that begins with `kind: Batch`',
);

/** A batch that follows the schema. The keys of `matrix` keep the order of the document: it is the order of tasks. */
export type Batch = z.infer<typeof Batch>;
export type Matrix = NonNullable<Batch['matrix']>;

/** Fields that the schema has and this version cannot render yet. */
export const unsupportedFields = [
  'initImage',
  'strength',
  'mask',
  'maskBlur',
  'maskedOnly',
  'resize',
  'control',
  'refiner',
  'hires',
  'upscale',
  'frames',
  'sdxl',
  'dependsOn',
] as const satisfies (keyof Batch)[];

/** JSON Schema of a batch, for editors and `GET /api/v1/schemas/batch.json`. */
export const batchJsonSchema = z.toJSONSchema(Batch, { io: 'input' });
