import { createGenerator, type Generator } from '../random/generator.js';
import { CpuGenerator } from '../random/cpu-generator.js';
import { countOf } from '../random/size.js';
import { caseRow, readGoldenJson, tensorsOf, type CaseReport, type GoldenRow } from './format.js';
import { goldenName, type GoldenFile } from './places.js';
import { readGoldenTensors, type GoldenTensors } from './tensors.js';
import { TOLERANCES } from './tolerances.js';

interface Draw {
  key: string;
  op: string;
  size: number | number[];
  dtype?: string;
  low?: number;
  high?: number | null;
  /** randperm only */
  n?: number;
  /** Says which elements are kept, where not all are. */
  stored?: string;
}

interface RngCase extends Partial<Draw> {
  op: string;
  seed: number;
  /** Sequence of normal draws from one generator, and where they are kept. */
  sizes?: number[];
  keys?: string[];
  /** Sequence of mixed draws from one generator. */
  draws?: Draw[];
}

/** Elements that are kept of both ends of a long draw. */
const ENDS = 512;

/** The golden family `rng`: one row per case of a file. */
export async function* runRngFile(file: GoldenFile): AsyncGenerator<GoldenRow> {
  const { cases, origin } = await readGoldenJson<{ cases: RngCase[]; origin?: string }>(file.path);
  const tensors = await readGoldenTensors(tensorsOf(file.path));
  const name = goldenName(file, 1);
  const kind = name.startsWith('cuda') || origin?.includes('CUDA') ? 'gpu' : 'cpu';
  for (const golden of cases) {
    yield await caseRow('rng', `${name}/${caseName(golden)}`, (report) => {
      const generator = createGenerator(kind, golden.seed);
      for (const draw of drawsOf(golden)) compareDraw(report, generator, draw, tensors);
    });
  }
}

function caseName(golden: RngCase): string {
  const key = golden.key ?? golden.keys?.[0] ?? golden.draws?.[0]?.key ?? golden.op;
  return golden.key ? key : key.replace(/\/\d+$/, '');
}

function drawsOf(golden: RngCase): Draw[] {
  if (golden.draws) return golden.draws;
  if (golden.sizes && golden.keys) {
    return golden.keys.map((key, i) => ({ key, op: 'randn', size: golden.sizes![i]! }));
  }
  return [{ size: 0, ...golden, key: golden.key! }];
}

function compareDraw(report: CaseReport, generator: Generator, draw: Draw, tensors: GoldenTensors): void {
  const values = valuesOf(generator, draw);
  const kept = draw.stored ? [...values.slice(0, ENDS), ...values.slice(values.length - ENDS)] : values;
  const tolerance = draw.op === 'randn' ? TOLERANCES.randomNormals : TOLERANCES.exact;
  report.compare(draw.key, kept, tensors.values(draw.key), tolerance);
}

function valuesOf(generator: Generator, draw: Draw): Float32Array | Float64Array | number[] {
  const { op, size, dtype = 'float32' } = draw;
  if (op === 'randn' && dtype === 'float32') return generator.randn(size);
  if (op === 'rand' && dtype === 'float32') return generator.rand(size);
  if (generator instanceof CpuGenerator) {
    if (op === 'randn' && dtype === 'float64') return generator.randn64(size);
    if (op === 'randn' && dtype === 'float16') return generator.randn16(size);
    if (op === 'rand' && dtype === 'float64') return generator.rand64(size);
    if (op === 'randint') return generator.randint(draw.low ?? 0, draw.high!, countOf(size));
    if (op === 'randperm') return generator.randperm(draw.n!);
  }
  throw new Error(`No generator of this kind draws ${op} in ${dtype}.`);
}
