import type { CommonOptions } from '../client/connect.js';
import { readConfig } from '../config.js';
import type { Diagnosis } from '../doctor/examine.js';
import { bytes } from '../output/format.js';
import { createOutput, type Output } from '../output/output.js';
import { table } from '../output/table.js';
import type { Define } from './list.js';

const usualPort = 7860;

export const define: Define = (command) =>
  command.addHelpText('after', '\nExit code 1 if something will not work.').action(async (options: CommonOptions) => {
    const output = createOutput(options);
    const { examine } = await import('../doctor/examine.js');
    const diagnosis = await examine(readConfig(), usualPort);
    output.answer(diagnosis, () => report(diagnosis, output));
    if (!diagnosis.ready || diagnosis.checks.some(({ level }) => level === 'problem')) process.exitCode = 1;
  });

function report({ os, cpu, threads, gpus, models, checks, ready }: Diagnosis, { colors }: Output): string {
  const marks = { ok: colors.green('ok'), note: colors.yellow('note'), problem: colors.red('PROBLEM') };
  const usable = models.filter(({ fault }) => fault === null);
  return [
    `${os}, ${cpu}, ${threads} threads`,
    ...gpus.map(({ name, memoryBytes, driver }) => `${name}, ${bytes(memoryBytes)}, driver ${driver}`),
    '',
    table(
      [
        { title: 'CHECK', value: ({ what }) => what },
        { title: '', value: ({ level }) => marks[level] },
        { title: '', value: ({ text }) => text },
      ],
      checks,
    ),
    '',
    ...(usable.length === 0
      ? []
      : [
          table(
            [
              { title: 'MODEL', value: ({ name }) => name },
              { title: 'KIND', value: ({ kind, architecture }) => architecture ?? kind },
              { title: 'UP TO', value: ({ largestSide: side }) => (side === null ? '' : `${side}x${side}`) },
              { title: 'SHA-256', value: ({ sha256 }) => sha256!.slice(0, 12) },
              { title: 'PATH', value: ({ path }) => path },
            ],
            usable,
          ),
          '',
        ]),
    ready
      ? 'This machine makes pictures: try atelier render "a red lighthouse by the sea at sunset", or atelier up.'
      : 'This machine cannot make pictures yet; what is marked PROBLEM stands in the way.',
  ].join('\n');
}
