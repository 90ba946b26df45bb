/** The text inside a PNG: our own JSON, or the parameters as AUTOMATIC1111 writes them. Pure. */

const signature = [137, 80, 78, 71, 13, 10, 26, 10];

/** Keys and texts of the file's tEXt and uncompressed iTXt chunks; nothing for a file that is no PNG. */
export function readPngTexts(file: Uint8Array): Map<string, string> {
  const texts = new Map<string, string>();
  if (!signature.every((byte, i) => file[i] === byte)) return texts;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 8; at + 12 <= file.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    const data = file.subarray(at + 8, at + 8 + length);
    if (type === 'tEXt') {
      const end = data.indexOf(0);
      if (end > 0) texts.set(latin1(data.subarray(0, end)), latin1(data.subarray(end + 1)));
    }
    if (type === 'iTXt') {
      const end = data.indexOf(0);
      const language = data.indexOf(0, end + 3);
      const translated = data.indexOf(0, language + 1);
      if (end > 0 && data[end + 1] === 0 && translated > 0)
        texts.set(latin1(data.subarray(0, end)), new TextDecoder().decode(data.subarray(translated + 1)));
    }
    at += 12 + length;
  }
  return texts;
}

const latin1 = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

/** A batch's fields out of the parameters as AUTOMATIC1111 writes them: prompt, negative prompt, then `Name: value, …`. */
export function fieldsOfParameters(text: string): Record<string, unknown> {
  const lines = text.trim().split('\n');
  const last = lines.findLastIndex((line) => /^Steps: \d+/.test(line));
  const settings = new Map(
    [...(lines[last] ?? '').matchAll(/([A-Z][\w ]*): ("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g)].map(([, name, value]) => [
      name!,
      value!,
    ]),
  );
  const words = last < 0 ? lines : lines.slice(0, last);
  const from = words.findIndex((line) => line.startsWith('Negative prompt:'));
  const prompt = (from < 0 ? words : words.slice(0, from)).join('\n').trim();
  const negative = from < 0 ? undefined : words.slice(from).join('\n').replace('Negative prompt:', '').trim();
  const number = (name: string) => (settings.has(name) ? Number(settings.get(name)) : undefined);
  const skip = number('Clip skip');
  return Object.fromEntries(
    Object.entries({
      model: settings.get('Model'),
      sampler: settings.get('Sampler'),
      steps: number('Steps'),
      guidance: number('CFG scale'),
      size: settings.get('Size'),
      prompts: prompt ? [prompt] : undefined,
      negative,
      seed: number('Seed'),
      clipSkip: skip === undefined || skip <= 1 ? undefined : skip - 1,
    }).filter(([, value]) => value !== undefined),
  );
}
