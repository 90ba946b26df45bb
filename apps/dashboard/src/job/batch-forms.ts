/** A batch in the forms in which it can be submitted again. Pure. */
import { stringify } from 'yaml';

/** The canonical JSON text as YAML; text that is no JSON (from an older farm) as it stands. */
export function asYaml(batch: string): string {
  try {
    return stringify(JSON.parse(batch) as unknown, { lineWidth: 120 });
  } catch {
    return batch;
  }
}

/** Ends a here-document: a word that is no line of the text. */
function ending(text: string): string {
  let word = 'BATCH';
  while (text.split('\n').includes(word)) word += '_';
  return word;
}

export function asCommand(yaml: string): string {
  const end = ending(yaml);
  return `cat > batch.yaml <<'${end}'\n${yaml.trimEnd()}\n${end}\nnpx --no-install atelier submit batch.yaml --watch\n`;
}

export function asCurl(yaml: string, origin: string): string {
  const end = ending(yaml);
  return `curl --fail-with-body -X POST ${origin}/api/v1/jobs -H 'content-type: application/yaml' --data-binary @- <<'${end}'\n${yaml.trimEnd()}\n${end}\n`;
}
