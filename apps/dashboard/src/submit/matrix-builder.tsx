import type { ModelView } from '@atelier/contracts/rest';
import { ActionIcon, NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { t } from '../texts/texts.js';
import { Icon } from '../ui/icons.js';
import { formatAxis, parseAxis, sizeOf } from './axis-text.js';
import type { Path } from './batch-document.js';
import styles from './batch-form.module.css';
import { nameOf } from './more-fields.js';
import { keysAt, type Schema } from './schema.js';

interface MatrixBuilderProps {
  /** As the batch has it. */
  matrix: unknown;
  fields: Readonly<Record<string, unknown>>;
  schema: Schema | undefined;
  models: readonly ModelView[];
  write: (path: Path, value: unknown) => void;
}

const rules = ['include', 'exclude'];

/** Settings with several values: one line an axis, in the order in which they vary. */
export function MatrixBuilder({ matrix, fields, schema, models, write }: MatrixBuilderProps) {
  const given = matrix !== null && typeof matrix === 'object' ? (matrix as Record<string, unknown>) : {};
  const axes = Object.entries(given).filter(([key]) => !rules.includes(key));
  const free = keysAt(schema ?? {}, ['matrix'])
    .map(({ key }) => key)
    .filter(
      (key) =>
        !rules.includes(key) &&
        !(key in given) &&
        key !== 'from' &&
        key !== 'count' &&
        key !== 'step' &&
        key !== 'name' &&
        key !== 'weight',
    );
  const combinations = axes.reduce((product, [, values]) => product * sizeOf(values), 1);
  const add = (key: string) => write(['matrix', key], firstValues(key, fields, models));
  return (
    <fieldset className={styles.part}>
      <legend>{t.newJob.matrix}</legend>
      {axes.map(([key, values]) => (
        <AxisLine key={key} axis={key} values={values} write={write} />
      ))}
      <div className={styles.line}>
        <NativeSelect
          size="xs"
          aria-label={t.newJob.addAxis}
          value=""
          data={[{ value: '', label: t.newJob.addAxis }, ...free.map((key) => ({ value: key, label: nameOf(key) }))]}
          onChange={({ currentTarget }) => {
            if (currentTarget.value) add(currentTarget.value);
          }}
        />
        <span className={styles.help}>
          {axes.length > 0 ? t.newJob.combinations(combinations) : t.newJob.matrixHelp}
        </span>
      </div>
    </fieldset>
  );
}

function firstValues(key: string, fields: Readonly<Record<string, unknown>>, models: readonly ModelView[]): unknown {
  if (key === 'seed') return { from: 1, count: 4 };
  if (key === 'loras') return [[], ...(Array.isArray(fields.loras) ? [fields.loras] : [])];
  if (key === 'model')
    return models
      .filter(({ kind }) => kind === 'checkpoint')
      .slice(0, 2)
      .map(({ name }) => name);
  const usual: Record<string, unknown[]> = {
    guidance: [4, 7.5],
    steps: [10, 20],
    sampler: ['euler', 'dpmpp_2m'],
    clipSkip: [0, 1],
    strength: [0.4, 0.7],
  };
  return usual[key] ?? (fields[key] === undefined ? [''] : [fields[key]]);
}

function AxisLine({ axis, values, write }: { axis: string; values: unknown; write: MatrixBuilderProps['write'] }) {
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? formatAxis(axis, values);
  const parsed = parseAxis(axis, text);
  const listed = Array.isArray(values) && values.some((value) => typeof value === 'object');
  return (
    <div className={styles.line}>
      <TextInput
        className={styles.grow ?? ''}
        size="xs"
        label={nameOf(axis)}
        description={listed ? t.newJob.inText : undefined}
        readOnly={listed}
        value={text}
        error={parsed === null && t.newJob.axisHelp}
        onChange={({ currentTarget }) => {
          setTyped(currentTarget.value);
          const next = parseAxis(axis, currentTarget.value);
          if (next !== null) write(['matrix', axis], next);
        }}
        onBlur={() => setTyped(null)}
      />
      <ActionIcon aria-label={t.newJob.remove(nameOf(axis))} onClick={() => write(['matrix', axis], undefined)}>
        <Icon name="cancel" size={12} />
      </ActionIcon>
    </div>
  );
}
