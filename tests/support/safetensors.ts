/** Safetensors files changed by hand, for tests of what is wrong with them. */
import { readFileSync, writeFileSync } from 'node:fs';

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}
type Header = Record<string, Entry>;

/** Reads a file, lets `change` alter its header and its values in place, and writes it again. */
export function changeTensors(path: string, change: (header: Header, values: Buffer) => void): void {
  const bytes = readFileSync(path);
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, end)) as Header;
  const values = bytes.subarray(end);
  change(header, values);
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(path, Buffer.concat([length, text, values]));
}

/** Fills a tensor of 32-bit floats with one value. */
export function fillTensor(path: string, name: string, value: number): void {
  changeTensors(path, (header, values) => {
    const [from, to] = header[name]!.data_offsets;
    for (let at = from; at < to; at += 4) values.writeFloatLE(value, at);
  });
}
