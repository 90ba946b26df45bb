/** What slots did over time, as a picture: a row a slot, a colour a checkpoint, black where one was loaded. */
import type { Outcome } from './farm/simulate.js';

const rowHeight = 9;
const width = 860;
const left = 66;
const titleHeight = 34;
const palette = ['#4c78a8', '#f58518', '#54a24b', '#e45756', '#72b7b2', '#b279a2', '#9d755d', '#eeca3b', '#ff9da6'];

export interface Panel {
  title: string;
  outcome: Outcome;
}

/** Panels below each other on one time axis, as SVG. */
export function drawSlots(panels: readonly Panel[]): string {
  const end = Math.max(...panels.map(({ outcome }) => outcome.makespan));
  const keys = [
    ...new Set(panels.flatMap(({ outcome }) => outcome.spans.map(({ residencyKey }) => residencyKey))),
  ].sort();
  const slots = [...new Set(panels.flatMap(({ outcome }) => outcome.spans.map(({ slotId }) => slotId)))].sort();
  const x = (seconds: number) => left + ((width - left - 10) * seconds) / end;
  const panelHeight = titleHeight + slots.length * rowHeight + 12;
  const body = panels.flatMap(({ title, outcome }, p) => {
    const top = p * panelHeight;
    const y = (slotId: string) => top + titleHeight + slots.indexOf(slotId) * rowHeight;
    const bars = merged(outcome).map(({ slotId, residencyKey, from, to }) => {
      const colour = residencyKey === '' ? '#111' : palette[keys.indexOf(residencyKey) % palette.length]!;
      return rectangle(x(from), y(slotId), x(to) - x(from), rowHeight - 1.5, colour);
    });
    const mark = x(outcome.makespan);
    return [
      `<text x="${left}" y="${top + 22}" font-size="15" font-weight="600">${title}</text>`,
      ...bars,
      `<line x1="${mark.toFixed(1)}" x2="${mark.toFixed(1)}" y1="${top + titleHeight - 6}" y2="${top + panelHeight - 10}" stroke="#111"/>`,
      `<text x="8" y="${top + titleHeight + 9}" font-size="11">slots</text>`,
    ];
  });
  const height = panels.length * panelHeight + 24;
  const ticks = Array.from({ length: Math.floor(end / 100) + 1 }, (_, i) => i * 100).map(
    (seconds) =>
      `<text x="${x(seconds).toFixed(1)}" y="${height - 8}" font-size="11" text-anchor="middle">${seconds} s</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" fill="#111">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...body,
    ...ticks,
    '</svg>',
    '',
  ].join('\n');
}

const rectangle = (x: number, y: number, w: number, h: number, fill: string) =>
  `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${Math.max(0.4, w).toFixed(1)}" height="${h}" fill="${fill}"/>`;

/** Runs of one checkpoint after another as one bar; loads as bars of their own. */
function merged({ spans }: Outcome): { slotId: string; residencyKey: string; from: number; to: number }[] {
  const bars: { slotId: string; residencyKey: string; from: number; to: number }[] = [];
  const last = new Map<string, (typeof bars)[number]>();
  for (const { slotId, residencyKey, from, loaded, to } of spans) {
    if (loaded > from) bars.push({ slotId, residencyKey: '', from, to: loaded });
    const before = last.get(slotId);
    if (before?.residencyKey === residencyKey && loaded - before.to < 0.01) before.to = to;
    else {
      const bar = { slotId, residencyKey, from: loaded, to };
      bars.push(bar);
      last.set(slotId, bar);
    }
  }
  return bars;
}
