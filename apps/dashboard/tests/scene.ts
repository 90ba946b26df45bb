/** Pictures for the simulator: a small painted scene per seed, as PNG with sharp. */
import sharp from 'sharp';

const subjects = ['lighthouse', 'sailboat', 'balloon', 'tree', 'castle'] as const;
const skies = [
  { name: 'dawn', top: '#6d8fc4', low: '#f4c9a4', ground: '#4a6f5c', light: '#ffe9b8' },
  { name: 'noon', top: '#2f7fc9', low: '#bfe1f2', ground: '#4f8f4a', light: '#fff3c4' },
  { name: 'sunset', top: '#5a3a78', low: '#f08a4b', ground: '#3b3f56', light: '#ffcf70' },
  { name: 'night', top: '#0c1330', low: '#2a3a6b', ground: '#18233d', light: '#f2efe0' },
] as const;
const paints = ['#c8342c', '#2b5fb8', '#e2a52f', '#f1ece2', '#7a5fae', '#2f8a57'];

export const promptOf = (index: number): string =>
  `a ${['red', 'blue', 'yellow', 'white', 'purple', 'green'][index % 6]} ${subjects[index % subjects.length]} at ${
    skies[index % skies.length]!.name
  }`;

/** The scene of `index`, `width` pixels wide; `detail` from 0 to 1 blurs it like a picture that is still in work. */
export async function paint(index: number, width: number, height: number, detail = 1): Promise<Buffer> {
  const image = sharp(Buffer.from(svg(index)))
    .resize(width, height)
    .removeAlpha();
  return (detail < 1 ? image.blur(1 + 14 * (1 - detail)) : image).png().toBuffer();
}

function svg(index: number): string {
  const sky = skies[index % skies.length]!;
  const paint = paints[index % paints.length]!;
  const x = 40 + ((index * 37) % 48);
  const sun = 16 + ((index * 53) % 96);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128" width="128" height="128">
    <defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="${sky.top}"/><stop offset="1" stop-color="${sky.low}"/></linearGradient>
    <filter id="b"><feGaussianBlur stdDeviation=".8"/></filter></defs>
    <rect width="128" height="128" fill="url(#s)"/>
    <circle cx="${sun}" cy="${26 + (index % 5) * 4}" r="9" fill="${sky.light}" filter="url(#b)"/>
    <g filter="url(#b)"><path d="M0 ${88 + (index % 3) * 3}q32 -10 64 0t64 -2v44H0z" fill="${sky.ground}"/>
    ${subject(subjects[index % subjects.length]!, x, paint)}</g></svg>`;
}

function subject(name: (typeof subjects)[number], x: number, paint: string): string {
  switch (name) {
    case 'lighthouse':
      return `<path d="M${x} 100l4-58h14l4 58z" fill="${paint}"/><path d="M${x + 1} 82h20M${x + 2} 62h18" stroke="#f7f2e8" stroke-width="7"/>
        <rect x="${x + 5}" y="31" width="12" height="11" fill="#ffe48a"/><path d="M${x + 3} 31l8-8 8 8z" fill="#2c2a33"/>`;
    case 'sailboat':
      return `<path d="M${x - 8} 96h46l-8 13h-30z" fill="#6d4124"/><path d="M${x + 14} 36v58h-24z" fill="${paint}"/><path d="M${x + 18} 48v46h20z" fill="#f3eee3"/>`;
    case 'balloon':
      return `<circle cx="${x + 10}" cy="46" r="25" fill="${paint}"/><path d="M${x - 12} 50q22 10 44 0" stroke="#f5efe2" stroke-width="5" fill="none"/>
        <path d="M${x + 1} 70l4 12M${x + 19} 70l-4 12" stroke="#3b2a1c" stroke-width="1.5"/><rect x="${x + 4}" y="82" width="12" height="9" fill="#7b4a26"/>`;
    case 'tree':
      return `<rect x="${x + 7}" y="86" width="7" height="18" fill="#5a3a22"/><path d="M${x - 10} 90l20-28 21 28zM${x - 5} 70l15-24 16 24zM${x} 50l10-20 11 20z" fill="${paint}"/>`;
    case 'castle':
      return `<path d="M${x - 14} 104V68h12v8h8v-18h14v18h8v-8h12v36z" fill="${paint}"/><path d="M${x + 4} 104v-14q7-8 14 0v14z" fill="#2a2230"/>
        <path d="M${x - 16} 68l8-15 8 15zM${x + 4} 58l9-17 9 17zM${x + 26} 68l8-15 8 15z" fill="#9c3a34"/>`;
  }
}
