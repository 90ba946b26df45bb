/** The batch as a document: every field of docs/batch-format.md, as one zod schema. */
import { z } from 'zod';
import { Control, IpAdapter, Refiner, Sdxl } from './conditions.js';
import { Faces, Frames, Hires, seamless, Upscale, Variation } from './enlarging.js';
import { choice, fields, listOf, name, real, whole } from './fields.js';
import { imageName, prompt, Range, settingSchemas } from './settings.js';

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

const requiresTakes = 'a map with `gpu`, `vram` or `tags`';
const Requires = fields(
  {
    gpu: z
      .union([name('a name'), listOf(name('a name'), 'names')], 'part of the name of a device, or a list of such')
      .optional()
      .describe('Part of the name of the device, such as RTX 4070; one of several in a list.'),
    vram: real(0, 10_000).optional().describe('Least memory of the slot, in GiB.'),
    tags: listOf(name('a tag'), 'a list of tags').optional().describe('Tags that its node must have, all of them.'),
  },
  requiresTakes,
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
    guidanceRescale: valuesOrRange(settingSchemas.guidanceRescale),
    eta: valuesOrRange(settingSchemas.eta),
    size: values(settingSchemas.size),
    negative: values(settingSchemas.negative),
    seed: valuesOrRange(settingSchemas.seed),
    rng: values(settingSchemas.rng),
    clipSkip: valuesOrRange(settingSchemas.clipSkip),
    initImage: values(settingSchemas.initImage),
    mask: values(settingSchemas.mask),
    strength: valuesOrRange(settingSchemas.strength),
    include: listOf(Combination, 'a list of combinations')
      .optional()
      .describe('Fields added to matching combinations.'),
    exclude: listOf(Combination, 'a list of combinations').optional().describe('Combinations that are left out.'),
  },
  'a map of settings to lists of values',
);

const axisName = name('prompt or a key of the matrix');
const sheetTakes = 'true, or a map with `x` and `y`';
const Sheet = z.union(
  [
    z.literal(true, sheetTakes),
    fields(
      {
        x: axisName.optional().describe('Axis of the columns. Default the one that varies fastest.'),
        y: axisName.optional().describe('Axis of the rows. Default none where x is given, else the next one.'),
      },
      sheetTakes,
    ),
  ],
  sheetTakes,
);

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
    interactive: z
      .boolean('true or false')
      .optional()
      .describe('Somebody waits for the pictures, at most 64: ahead of batches, on at most half of the slots.'),
    requires: Requires.optional().describe('What the slots that render it must be.'),
    dependsOn: listOf(name('the id of a job'), 'a list of job ids')
      .optional()
      .describe('Jobs that must be completed before it begins.'),
    output: fields(
      {
        format: choice(['png', 'jpeg', 'webp']).optional().describe('Default png.'),
        name: name('a file name with fields such as {index}').optional().describe('Default {index}-{seed}.'),
        sheet: Sheet.optional().describe('Contact sheets of the pictures along two axes, with labels.'),
      },
      'a map with `format`, `name` and `sheet`',
    )
      .optional()
      .describe('File format and names of the pictures.'),
    reproducible: z
      .boolean('true or false')
      .optional()
      .describe('Renders every picture in a run of its own. Default false.'),
    maskBlur: real(0, 1024).optional().describe('Radius in pixels of a blur of the mask. Default 0.'),
    maskedOnly: fields(
      { padding: whole(0, 8192).optional().describe('Default 32.') },
      'a map with `padding`, such as {padding: 32}',
    )
      .optional()
      .describe('Repaints only the masked part at full size, with this much around it in pixels.'),
    resize: choice(['stretch', 'crop', 'pad'])
      .optional()
      .describe('How images are brought to size. With pad what is around `initImage` is painted. Default crop.'),
    control: listOf(Control, 'a list of ControlNets and T2I-Adapters')
      .optional()
      .describe('ControlNets and T2I-Adapters, each with the image that pictures shall follow.'),
    ipAdapters: listOf(IpAdapter, 'a list of IP-Adapters')
      .optional()
      .describe('Images that pictures should be like, beside their text.'),
    imageGuidance: real(0, 100)
      .optional()
      .describe('For checkpoints of instruct-pix2pix: how much `initImage`, which they change, counts; 1.5 is usual.'),
    noiseLevel: whole(0, 999)
      .optional()
      .describe('For the x4 upscaler: how much noise is put on `initImage`, which it draws again; 20 is usual.'),
    depthMap: imageName.optional().describe('For depth checkpoints: the brighter, the nearer.'),
    embeddings: listOf(name('the name or hash of an embedding'), 'a list of names of embeddings')
      .optional()
      .describe('Textual inversions: each name is a word that prompts may use.'),
    refiner: Refiner.optional().describe('Second checkpoint that takes over in the last steps.'),
    hires: Hires.optional().describe('Draws the picture again at a larger size.'),
    upscale: Upscale.optional().describe('Enlarges the finished picture.'),
    faces: Faces.optional().describe('Restores the faces of the finished picture.'),
    frames: Frames.optional().describe('Makes a clip instead of a picture.'),
    seamless: seamless.optional(),
    variation: Variation.optional().describe('Turns the noise of every picture towards that of another seed.'),
    sdxl: Sdxl.optional().describe('Sizes and scores that SDXL is conditioned on.'),
  },
  'a map of fields that begins with `kind: Batch`',
);

/** A batch that follows the schema. The keys of `matrix` keep the order of the document: it is the order of tasks. */
export type Batch = z.infer<typeof Batch>;
export type Matrix = NonNullable<Batch['matrix']>;

/** JSON Schema of a batch, for editors and `GET /api/v1/schemas/batch.json`. */
export const batchJsonSchema = z.toJSONSchema(Batch, { io: 'input' });
