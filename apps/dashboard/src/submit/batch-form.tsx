/** The batch as a form: it reads its fields from the text and writes them there. */
import { NativeSelect, Textarea, TextInput } from '@mantine/core';
import type { ModelView } from '@atelier/contracts/rest';
import { t } from '../texts/texts.js';
import { writeField, type Path } from './batch-document.js';
import styles from './batch-form.module.css';
import { ImageFields } from './image-fields.js';
import { LoraPicker } from './lora-picker.js';
import { MatrixBuilder } from './matrix-builder.js';
import type { NamesByField } from './model-names.js';
import { MoreFields } from './more-fields.js';
import { schemasAt, type Schema } from './schema.js';

export interface BatchFormProps {
  text: string;
  fields: Readonly<Record<string, unknown>>;
  onChange: (text: string) => void;
  models: readonly ModelView[];
  /** What may stand where a model is named. */
  names: NamesByField;
  schema: Schema | undefined;
}

/** Names that are spelt as files and batches are; the labels of other programs are aliases. */
const plainName = /^[a-z0-9_]+$/;

export function BatchForm({ text, fields, onChange, models, names, schema }: BatchFormProps) {
  const write = (path: Path, value: unknown) => onChange(writeField(text, path, value));
  const checkpoints = models.filter(({ kind }) => kind === 'checkpoint');
  const chosen = checkpoints.find(({ name, sha256 }) => name === fields.model || sha256 === fields.model);
  const samplers = schemasAt(schema ?? {}, ['sampler'])
    .flatMap((one) => one.enum ?? [])
    .map(String)
    .filter((name) => plainName.test(name));
  return (
    <div className={styles.form}>
      <Textarea
        label={t.newJob.prompts}
        description={t.newJob.promptsHelp}
        value={linesOf(fields.prompts)}
        autosize
        minRows={2}
        maxRows={8}
        onChange={({ currentTarget }) => write(['prompts'], promptsOf(currentTarget.value))}
      />
      <TextInput
        label={t.fields.negative}
        value={textOf(fields.negative)}
        onChange={({ currentTarget }) => write(['negative'], currentTarget.value || undefined)}
      />
      <div className={styles.row}>
        <TextInput
          label={t.fields.name}
          value={textOf(fields.name)}
          onChange={({ currentTarget }) => write(['name'], currentTarget.value || undefined)}
        />
        <NativeSelect
          label={t.fields.model}
          value={textOf(fields.model)}
          data={withGiven(
            checkpoints.map(({ name }) => name),
            textOf(fields.model),
          )}
          onChange={({ currentTarget }) => write(['model'], currentTarget.value)}
        />
      </div>
      <div className={styles.row}>
        <NativeSelect
          label={t.fields.sampler}
          value={textOf(fields.sampler)}
          data={[
            { value: '', label: t.picture.ofCheckpoint },
            ...withGiven(samplers, textOf(fields.sampler)).map((name) => ({ value: name, label: name })),
          ]}
          onChange={({ currentTarget }) => write(['sampler'], currentTarget.value || undefined)}
        />
        <NumberField
          label={t.fields.steps}
          value={fields.steps}
          placeholder="20"
          onChange={(value) => write(['steps'], value)}
        />
        <NumberField
          label={t.fields.guidance}
          value={fields.guidance}
          placeholder="7.5"
          onChange={(value) => write(['guidance'], value)}
        />
      </div>
      <div className={styles.row}>
        <TextInput
          label={t.fields.size}
          value={textOf(fields.size)}
          placeholder={chosen?.defaultSize ?? '512x512'}
          onChange={({ currentTarget }) => write(['size'], currentTarget.value || undefined)}
        />
        <NumberField
          label={t.fields.seed}
          value={fields.seed}
          placeholder={t.newJob.drawn}
          onChange={(value) => write(['seed'], value)}
        />
        <NativeSelect
          label={t.bulk.actions.priority}
          value={textOf(fields.priority) || 'normal'}
          data={(['low', 'normal', 'high'] as const).map((value) => ({ value, label: t.priorities[value] }))}
          onChange={({ currentTarget }) =>
            write(['priority'], currentTarget.value === 'normal' ? undefined : currentTarget.value)
          }
        />
      </div>
      <LoraPicker loras={fields.loras} models={models} onChange={(loras) => write(['loras'], loras)} />
      <ImageFields fields={fields} schema={schema} write={write} text={text} onChange={onChange} />
      <MatrixBuilder matrix={fields.matrix} fields={fields} schema={schema} models={models} write={write} />
      <MoreFields fields={fields} schema={schema} names={names} write={write} />
    </div>
  );
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
const linesOf = (value: unknown): string => (Array.isArray(value) ? value.map(textOf).join('\n') : '');
/** A line that is still empty is a prompt to come: it must survive being typed. */
const promptsOf = (text: string): string[] | undefined => (text === '' ? undefined : text.split('\n'));
const withGiven = (names: readonly string[], given: string) =>
  given === '' || names.includes(given) ? [...names] : [given, ...names];

function NumberField({
  label,
  value,
  placeholder,
  onChange,
}: {
  label: string;
  value: unknown;
  placeholder: string;
  onChange: (value: number | undefined) => void;
}) {
  return (
    <TextInput
      label={label}
      type="number"
      step="any"
      value={textOf(value)}
      placeholder={placeholder}
      onChange={({ currentTarget }) => onChange(currentTarget.value === '' ? undefined : Number(currentTarget.value))}
    />
  );
}
