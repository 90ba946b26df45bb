/** Draws a contact sheet: pictures in rows and columns, with text. */
import { createRequire } from 'node:module';
import sharp, { type Sharp } from 'sharp';

/** A place on a sheet, empty without `path`. */
export interface SheetCell {
  /** File of the picture. */
  path?: string;
  /** Text below it. */
  label?: string;
}

export interface Sheet {
  title: string;
  /** Longest side of a picture, pixels, at most: where all are smaller, they lie closer. */
  cell: number;
  cells: readonly (readonly SheetCell[])[];
  /** Texts above the columns. */
  columns?: readonly string[];
  /** Texts beside the rows. */
  lines?: readonly string[];
}

interface Image {
  width: number;
  height: number;
  /** RGB, row by row. */
  pixels: Uint8Array;
}

const margin = 12;
/** Widest that labels of rows get. */
const lineWidth = 180;
const [paper, gap] = [255, 232];
// A machine may have no fonts at all: text is drawn with one that is installed with us.
const fontFile = createRequire(import.meta.url).resolve(
  '@expo-google-fonts/noto-sans/400Regular/NotoSans_400Regular.ttf',
);
const font = 'Noto Sans 11';
const colours = 3;

/** As a PNG file. */
export async function drawSheet({ title, cell: most, cells, columns, lines }: Sheet): Promise<Buffer> {
  const cell = Math.min(most, (await longestSide(cells)) || most);
  const columnCount = Math.max(...cells.map((row) => row.length));
  const [head, above, beside, below] = await Promise.all([
    textOf(title, columnCount * (cell + margin)),
    textsOf(columns ?? [], cell),
    textsOf(lines ?? [], lineWidth),
    Promise.all(
      cells.map((row) =>
        textsOf(
          row.map(({ label = '' }) => label),
          cell,
        ),
      ),
    ),
  ]);
  const under = tallest(below.flat());
  const left = margin + (lines ? widest(beside) + margin : 0);
  const top = margin + heightOf(head) + heightOf(above[0] && { ...above[0], height: tallest(above) });
  const columnAt = (column: number) => left + column * (cell + margin);
  const rowAt = (row: number) => top + row * (cell + under + margin);
  const sheet = blank(columnAt(columnCount), rowAt(cells.length), paper);

  put(sheet, head, margin, margin);
  above.forEach((text, column) => put(sheet, text, columnAt(column), top - margin / 2 - text.height));
  beside.forEach((text, row) => put(sheet, text, margin, rowAt(row) + Math.round((cell - text.height) / 2)));
  for (const [row, places] of cells.entries()) {
    for (const [column, { path }] of places.entries()) {
      const picture = (path !== undefined && (await pictureOf(path, cell))) || blank(cell, cell, gap);
      const middle = (side: number) => Math.floor((cell - side) / 2);
      put(sheet, picture, columnAt(column) + middle(picture.width), rowAt(row) + middle(picture.height));
      put(sheet, below[row]![column]!, columnAt(column), rowAt(row) + cell);
    }
  }
  const { width, height, pixels } = sheet;
  return sharp(pixels, { raw: { width, height, channels: colours } })
    .png()
    .toBuffer();
}

/** Of all pictures, in pixels; 0 where there are none. */
async function longestSide(cells: Sheet['cells']): Promise<number> {
  const paths = cells.flat().flatMap(({ path }) => path ?? []);
  const sizes = await Promise.all(
    paths.map((path) =>
      sharp(path)
        .metadata()
        .catch(() => undefined),
    ),
  );
  return Math.max(0, ...sizes.flatMap((size) => (size ? [size.width, size.height] : [])));
}

/** A picture, of a clip its first frame; undefined for what is none, such as a film. */
async function pictureOf(path: string, side: number): Promise<Image | undefined> {
  return pixelsOf(sharp(path).resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })).catch(
    () => undefined,
  );
}

const textsOf = (texts: readonly string[], width: number) => Promise.all(texts.map((text) => textOf(text, width)));

/** A text, in lines of at most `width` pixels. */
async function textOf(text: string, width: number): Promise<Image> {
  if (text.trim() === '') return blank(0, 0, paper);
  return pixelsOf(
    sharp({ text: { text: escaped(text), font, fontfile: fontFile, width, wrap: 'word-char', rgba: true } }),
  );
}

/** The text is read as Pango's markup. */
const escaped = (text: string) =>
  text.replaceAll(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character]!);

async function pixelsOf(image: Sharp): Promise<Image> {
  const flat = image.flatten({ background: '#fff' }).toColourspace('srgb').removeAlpha();
  const { data, info } = await flat.raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, pixels: data };
}

function blank(width: number, height: number, grey: number): Image {
  return { width, height, pixels: new Uint8Array(width * height * colours).fill(grey) };
}

/** Copies an image into another; what would lie beyond its borders is left out. */
function put(target: Image, { width, height, pixels }: Image, left: number, top: number): void {
  const wide = Math.min(width, target.width - left);
  for (let y = 0; y < Math.min(height, target.height - top); y++) {
    const row = pixels.subarray(y * width * colours, (y * width + wide) * colours);
    target.pixels.set(row, ((top + y) * target.width + left) * colours);
  }
}

const tallest = (images: readonly Image[]) => Math.max(0, ...images.map(({ height }) => height));
const widest = (images: readonly Image[]) => Math.max(0, ...images.map(({ width }) => width));
/** With the space to what follows. */
const heightOf = (image: Image | undefined) => (image && image.height > 0 ? image.height + margin : 0);
