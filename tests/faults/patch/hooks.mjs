// Replaces text in built files while they are loaded. A patch whose text is not there any more is an error: a variant
// that breaks nothing would prove nothing.
let patches = [];

export function initialize(data) {
  patches = data.patches;
}

export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  const wanted = patches.filter(({ file }) => url.endsWith(`/${file}`));
  if (wanted.length === 0) return loaded;
  let source = String(loaded.source);
  for (const { file, find, put } of wanted) {
    if (!source.includes(find)) throw new Error(`${file} has no "${find}" to be patched`);
    source = source.replaceAll(find, () => put);
  }
  return { ...loaded, source };
}
