/** A line chart as SVG, for docs: light and dark pages alike. */

export interface Chart {
  title: string;
  x: string;
  y: string;
  series: readonly { name: string; points: readonly (readonly [number, number])[] }[];
}

const [width, height, left, top, right, bottom] = [860, 420, 56, 40, 200, 44];
const colours = ['#2f6fde', '#d9822b', '#2e9e6b', '#b1468c', '#7a6ff0', '#8a8a8a'];

/** Both axes begin at 0. */
export function lineChart({ title, x, y, series }: Chart): string {
  const points = series.flatMap((line) => line.points);
  const [maxX, maxY] = [
    niceAbove(Math.max(...points.map(([px]) => px))),
    niceAbove(Math.max(...points.map(([, py]) => py))),
  ];
  const toX = (value: number) => (left + (value / maxX) * (width - left - right)).toFixed(1);
  const toY = (value: number) => (height - bottom - (value / maxY) * (height - top - bottom)).toFixed(1);
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const text = (px: number | string, py: number | string, what: string, anchor = 'middle', weight = '') =>
    `<text x="${px}" y="${py}" text-anchor="${anchor}"${weight}>${what}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#808080">`,
    text(left, 22, title, 'start', ' font-size="15" font-weight="600"'),
    ...ticks.map((tick) => {
      const line = `<line x1="${left}" x2="${width - right}" y1="${toY(tick * maxY)}" y2="${toY(tick * maxY)}" stroke="#808080" stroke-opacity="0.25"/>`;
      const labelX = text(toX(tick * maxX), height - bottom + 18, String(tick * maxX));
      return line + text(left - 8, Number(toY(tick * maxY)) + 4, String(tick * maxY), 'end') + labelX;
    }),
    text((left + width - right) / 2, height - 8, x),
    text(left - 8, top - 8, y, 'end'),
    ...series.map((line, i) => {
      const path = line.points.map(([px, py]) => `${toX(px)},${toY(py)}`).join(' ');
      const labelY = top + 12 + i * 22;
      const colour = colours[i % colours.length]!;
      return (
        `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>` +
        `<rect x="${width - right + 16}" y="${labelY - 10}" width="12" height="12" rx="2" fill="${colour}"/>` +
        text(width - right + 34, labelY, line.name, 'start')
      );
    }),
    '</svg>',
    '',
  ].join('\n');
}

/** The next of 1, 2, 4, 5, 10 times a power of ten. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value || 1));
  return [1, 2, 4, 5, 10].map((step) => step * power).find((step) => step >= value)!;
}
