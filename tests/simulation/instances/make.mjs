// Writes the committed instances: node tests/simulation/instances/make.mjs
import { writeFileSync } from 'node:fs';

// Speeds. No source measures the RTX 3070 or 4070: they are interpolated between cards that one does measure.
// SD 1.5, 512x512, 25 steps: RTX 3060 4.8 s per 50 steps (onnxruntime, stable_diffusion/README.md), RTX 3080 13.6, 15.8
// and 17.2 it/s at 1, 2 and 4 pictures (vladmandic/sd-extension-system-info), RTX 4080 29.5 it/s (stable-fast README).
// SDXL, 1024x1024, 25 steps: RTX 2080 Ti 10.2 s, RTX 3090 7 s (huggingface/blog, lcm_lora.md).
// Loads assume fp16 files of 2.1 and 6.9 GB, a disk of 1 GB/s, RAM at 4 GB/s, a network of 1 Gbit/s, half a second to set up.
const source =
  'Seconds interpolated for RTX 3070 and 4070 between measured cards (onnxruntime stable_diffusion README, ' +
  'vladmandic/sd-extension-system-info, stable-fast README, huggingface/blog lcm_lora.md); loads assume 2.1 GB (SD 1.5) ' +
  'and 6.9 GB (SDXL), a disk of 1 GB/s, RAM at 4 GB/s, 1 Gbit/s Ethernet. Popularity: 22/15/11/4/3/3/3/3/2/2 % as ' +
  'published for the AI Horde, the rest by Zipf with exponent 1.';
const kinds = {
  sd15: {
    secondsPerPicture: {
      rtx3070: { 1: 2.3, 2: 2.05, 4: 1.92 },
      rtx4070: { 1: 1.54, 2: 1.37, 4: 1.26 },
    },
    vramGiB: { 1: 3.2, 2: 4.1, 4: 5.9 },
    loadSeconds: { rtx3070: { ram: 1, disk: 2.6, lan: 18 }, rtx4070: { ram: 1, disk: 2.6, lan: 18 } },
  },
  sdxl: {
    secondsPerPicture: {
      rtx3070: { 1: 10.2, 2: 9.9 },
      rtx4070: { 1: 7.2, 2: 6.9, 4: 6.7 },
    },
    vramGiB: { 1: 6.6, 2: 7.8, 4: 10.2 },
    loadSeconds: { rtx3070: { ram: 2.2, disk: 7.4, lan: 56 }, rtx4070: { ram: 2.2, disk: 7.4, lan: 56 } },
  },
};
const head = [22, 15, 11, 4, 3, 3, 3, 3, 2, 2];
const zipfExponent = 1;
const pictures = 4800;

/** Shares of `count` checkpoints: the published head, what is left to 100 % by Zipf; fewer than ten are scaled up. */
function popularity(count) {
  const shares = head.slice(0, count);
  const tail = Array.from({ length: Math.max(0, count - head.length) }, (_, i) => (i + 1) ** -zipfExponent);
  const left = 100 - head.reduce((sum, share) => sum + share, 0);
  const whole = tail.reduce((sum, weight) => sum + weight, 0);
  shares.push(...tail.map((weight) => (left * weight) / whole));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}

const slotTypes = { rtx3070: { vramGiB: 8 }, rtx4070: { vramGiB: 12 } };
const farms = {
  equal: { about: '32 RTX 4070', nodes: [{ type: 'rtx4070', count: 32 }] },
  mixed: {
    about: '16 RTX 3070 and 16 RTX 4070',
    nodes: [
      { type: 'rtx3070', count: 16 },
      { type: 'rtx4070', count: 16 },
    ],
  },
};

for (const [farm, { about, nodes }] of Object.entries(farms)) {
  for (const count of [1, 6, 20, 200]) {
    const classes = popularity(count).map((share, i) => ({
      key: `checkpoint-${String(i + 1).padStart(3, '0')}`,
      count: Math.max(1, Math.round(pictures * share)),
      // Every third checkpoint is an SDXL one.
      ...kinds[i % 3 === 2 ? 'sdxl' : 'sd15'],
    }));
    const name = `${farm}-${count}`;
    const checkpoints = `${count} checkpoint${count === 1 ? '' : 's'}`;
    const instance = { name, about: `${about}, ${checkpoints}`, source, slotTypes, nodes, classes };
    const lines = classes.map((of) => `    ${JSON.stringify(of)}`).join(',\n');
    const text = JSON.stringify({ ...instance, classes: [] }, null, 2).replace(
      '"classes": []',
      () => `"classes": [\n${lines}\n  ]`,
    );
    writeFileSync(new URL(`${name}.json`, import.meta.url), text + '\n');
  }
}
