/** A fixed amount of work on a fixed farm: what `npm run bench -- makespan` measures. docs/scheduling.md has the format. */
import { readFileSync } from 'node:fs';
import type { Cost } from '@atelier/scheduling';
import { z } from 'zod';

const seconds = z.number().nonnegative();
const sizes = z.record(z.string().regex(/^[1-9][0-9]*$/), z.number().positive());

const Load = z.strictObject({ ram: seconds, disk: seconds, lan: seconds });

const Instance = z.strictObject({
  name: z.string(),
  about: z.string().optional(),
  /** Where its numbers come from. */
  source: z.string().optional(),
  slotTypes: z.record(z.string(), z.strictObject({ vramGiB: z.number().positive() })),
  nodes: z
    .array(
      z.strictObject({
        type: z.string(),
        /** Nodes like this one, each with one slot. */
        count: z.int().positive().default(1),
        /** Seconds after which it takes work. */
        availableAt: seconds.default(0),
        /** Class key that its slot holds. */
        resident: z.string().nullable().default(null),
        /** Class keys in its RAM. */
        ram: z.array(z.string()).default([]),
        /** Class keys on its disk; left out: all. */
        disk: z.array(z.string()).optional(),
        /** Checkpoints that its RAM holds. */
        ramCheckpoints: z.int().nonnegative().default(2),
      }),
    )
    .min(1),
  classes: z
    .array(
      z.strictObject({
        /** The checkpoint: classes with equal keys share what is loaded. */
        key: z.string(),
        count: z.int().positive(),
        /** Seconds after which its pictures are there to be made. */
        release: seconds.default(0),
        /** By slot type and pictures per run: seconds per picture. A type that is left out cannot run it. */
        secondsPerPicture: z.record(z.string(), sizes),
        /** By pictures per run: what must fit into the slot. */
        vramGiB: sizes,
        /** By slot type: from the node's RAM, from its disk, over the network. */
        loadSeconds: z.record(z.string(), Load),
      }),
    )
    .min(1),
});
export type Instance = z.infer<typeof Instance>;
export type InstanceClass = Instance['classes'][number];

/** Reads an instance. Throws one sentence that names the file, the field and what is wrong. */
export function readInstance(file: string): Instance {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} cannot be read as JSON: ${(error as Error).message}`, { cause: error });
  }
  const parsed = Instance.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new Error(`${file}: ${path.join('.') || 'the document'}: ${message}.`);
  }
  const fault = faultOf(parsed.data);
  if (fault) throw new Error(`${file}: ${fault}`);
  return parsed.data;
}

/** What the shape alone does not say. */
function faultOf({ nodes, classes, slotTypes }: Instance): string | undefined {
  const known = new Set(Object.keys(slotTypes));
  for (const [i, { type }] of nodes.entries())
    if (!known.has(type)) return `nodes.${i}.type is "${type}", which slotTypes does not have.`;
  for (const [i, { key, secondsPerPicture, loadSeconds, vramGiB }] of classes.entries()) {
    const unknown = Object.keys(secondsPerPicture).find((type) => !known.has(type));
    if (unknown) return `classes.${i}.secondsPerPicture has "${unknown}", which slotTypes does not have.`;
    for (const [type, bySize] of Object.entries(secondsPerPicture)) {
      if (!('1' in bySize)) return `classes.${i}.secondsPerPicture.${type} says nothing of runs of 1 picture.`;
      if (!(type in loadSeconds)) return `classes.${i}.loadSeconds has nothing for "${type}".`;
      const missing = Object.keys(bySize).find((size) => !(size in vramGiB));
      if (missing) return `classes.${i}.vramGiB says nothing of runs of ${missing}.`;
    }
    const runs = nodes.some(({ type }) => fits(secondsPerPicture[type], vramGiB, slotTypes[type]!.vramGiB));
    if (!runs) return `classes.${i} (${key}) fits on no node.`;
  }
  return undefined;
}

function fits(bySize: Record<string, number> | undefined, vram: Record<string, number>, has: number): boolean {
  return bySize !== undefined && vram['1'] !== undefined && vram['1'] <= has;
}

const giB = 2 ** 30;

/** What the class costs on a slot type; undefined where it cannot run. */
export function costOf(of: InstanceClass, type: string): Cost | undefined {
  const bySize = of.secondsPerPicture[type];
  const load = of.loadSeconds[type];
  if (!bySize || !load) return undefined;
  const runs = Object.entries(bySize)
    .map(([size, each]) => ({
      size: Number(size),
      seconds: each * Number(size),
      vramBytes: Math.round(of.vramGiB[size]! * giB),
    }))
    .sort((a, b) => a.size - b.size);
  return { loadSeconds: load, runs };
}

/** The nodes one by one. */
export function nodesOf({ nodes }: Instance): Instance['nodes'] {
  return nodes.flatMap((node) => Array.from({ length: node.count }, () => ({ ...node, count: 1 })));
}

export const vramBytesOf = ({ slotTypes }: Instance, type: string): number => slotTypes[type]!.vramGiB * giB;
