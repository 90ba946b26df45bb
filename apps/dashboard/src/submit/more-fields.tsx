/**
 * Every field of the format that has no place of its own in the form, as its schema describes it: what a batch says is
 * shown, the rest is added by name. A field that the format gets tomorrow is here tomorrow.
 */
import { ActionIcon, Button, Checkbox, NativeSelect, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { t } from '../texts/texts.js';
import { Icon } from '../ui/icons.js';
import type { Path } from './batch-document.js';
import styles from './batch-form.module.css';
import { ImageField } from './image-field.js';
import { namesAt, type NamesByField } from './model-names.js';
import { CannyPreview } from './canny-preview.js';
import { formOf, type FieldForm, type Schema } from './schema.js';

/** Fields that stand elsewhere in the form, or belong to the text alone. */
const elsewhere = new Set([
  ...['kind', 'version', 'name', 'model', 'loras', 'sampler', 'steps', 'guidance', 'size', 'seed', 'priority'],
  ...['prompts', 'promptsFile', 'negative', 'matrix', 'initImage', 'mask', 'strength', 'dependsOn'],
]);
const images = new Set(['image', 'depthMap']);

/** What a field begins with where its schema asks for something that it cannot name. */
const usual: Readonly<Record<string, unknown>> = {
  hires: { scale: 2 },
  variation: { seed: 1, strength: 0.2 },
  maskedOnly: { padding: 32 },
  imageGuidance: 1.5,
  noiseLevel: 20,
  deadline: '2h',
  seamless: true,
  reproducible: true,
};

interface MoreFieldsProps {
  fields: Readonly<Record<string, unknown>>;
  schema: Schema | undefined;
  names: NamesByField;
  write: (path: Path, value: unknown) => void;
}

export function MoreFields({ fields, schema, names, write }: MoreFieldsProps) {
  const known = Object.entries(schema?.properties ?? {}).filter(([key]) => !elsewhere.has(key));
  const free = known.filter(([key]) => !(key in fields));
  return (
    <>
      {known
        .filter(([key]) => key in fields)
        .map(([key, one]) => (
          <Field key={key} path={[key]} schema={one} value={fields[key]} names={names} write={write} />
        ))}
      {free.length > 0 && (
        <NativeSelect
          size="xs"
          aria-label={t.newJob.addField}
          value=""
          data={[{ value: '', label: t.newJob.addField }, ...free.map(([key]) => ({ value: key, label: nameOf(key) }))]}
          onChange={({ currentTarget: { value: key } }) => {
            if (key) write([key], usual[key] ?? firstValue([key], schema!.properties![key]!, names));
          }}
        />
      )}
    </>
  );
}

/** `ipAdapters` → "ip adapters", where the catalogue has no word for it. */
export const nameOf = (key: string): string =>
  key in t.fields
    ? t.fields[key as keyof typeof t.fields]
    : key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** The least that the schema takes at a path, with names that the farm has. */
function firstValue(path: readonly string[], schema: Schema, names: NamesByField): unknown {
  const field = formOf(schema);
  const [name = ''] = namesAt(names, path);
  switch (field.form) {
    case 'group':
      return firstGroup(path, field, names);
    case 'groups':
      return [firstGroup(path, field, names)];
    case 'words':
      return [name];
    case 'choice':
      return field.of[0];
    case 'flag':
      return true;
    case 'number':
      return field.minimum ?? 0;
    case 'text':
      return name;
  }
}

type Group = Extract<FieldForm, { form: 'group' | 'groups' }>;

const firstGroup = (path: readonly string[], { properties, required }: Group, names: NamesByField) =>
  Object.fromEntries(required.map((key) => [key, firstValue([...path, key], properties[key]!, names)]));

interface FieldProps {
  path: Path;
  schema: Schema;
  value: unknown;
  names: NamesByField;
  write: MoreFieldsProps['write'];
}

function Field({ path, schema, value, names, write }: FieldProps) {
  const field = formOf(schema);
  const key = String(path.at(-1));
  const remove = () => write(path, undefined);
  if (field.form === 'groups') {
    const list = Array.isArray(value) ? (value as unknown[]) : [];
    const first = firstGroup(keysOf(path), field, names);
    return (
      <>
        {list.map((one, i) => (
          <Part
            key={i}
            title={list.length > 1 ? `${nameOf(key)} ${i + 1}` : nameOf(key)}
            about={schema.description}
            onRemove={() => (list.length > 1 ? write(path, list.toSpliced(i, 1)) : remove())}
            onAdd={i === list.length - 1 ? () => write(path, [...list, first]) : undefined}
          >
            <GroupFields path={[...path, i]} group={field} value={one} names={names} write={write} />
          </Part>
        ))}
      </>
    );
  }
  if (field.form === 'group')
    return (
      <Part title={nameOf(key)} about={schema.description} onRemove={remove}>
        <GroupFields path={path} group={field} value={value} names={names} write={write} />
      </Part>
    );
  return (
    <div className={styles.line}>
      <div className={styles.grow}>
        <Simple path={path} schema={schema} value={value} names={names} write={write} />
      </div>
      <ActionIcon aria-label={t.newJob.remove(nameOf(key))} onClick={remove}>
        <Icon name="cancel" size={12} />
      </ActionIcon>
    </div>
  );
}

function Part({
  title,
  about,
  onRemove,
  onAdd,
  children,
}: {
  title: string;
  about?: string | undefined;
  onRemove: () => void;
  onAdd?: (() => void) | undefined;
  children: ReactNode;
}) {
  return (
    <fieldset className={styles.part}>
      <legend>{title}</legend>
      {about && <p className={styles.help}>{about}</p>}
      {children}
      <div className={styles.line}>
        {onAdd && <Button onClick={onAdd}>{t.newJob.another}</Button>}
        <Button variant="subtle" color="gray" onClick={onRemove}>
          {t.newJob.remove(title)}
        </Button>
      </div>
    </fieldset>
  );
}

interface GroupFieldsProps {
  path: Path;
  group: Group;
  value: unknown;
  names: NamesByField;
  write: MoreFieldsProps['write'];
}

function GroupFields({ path, group, value, names, write }: GroupFieldsProps) {
  const given = value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  const isCanny = given.preprocess === 'canny';
  return (
    <div className={styles.row}>
      {Object.entries(group.properties)
        .filter(([key]) => isCanny || !['low', 'high'].includes(key))
        .map(([key, schema]) => (
          <Simple key={key} path={[...path, key]} schema={schema} value={given[key]} names={names} write={write} />
        ))}
      {isCanny && <CannyPreview image={given.image} low={given.low} high={given.high} />}
    </div>
  );
}

/** Keys alone, without positions in lists. */
const keysOf = (path: Path) => path.filter((step): step is string => typeof step === 'string');

/** One field in one control. Emptied, it goes. */
function Simple({ path, schema, value, names, write }: FieldProps) {
  const key = String(path.at(-1));
  const field = formOf(schema);
  const known = namesAt(names, keysOf(path));
  const text = Array.isArray(value) ? value.join(', ') : typeof value === 'object' ? '' : String(value ?? '');
  const label = <Label name={nameOf(key)} about={schema.description} />;
  const put = (next: string) => write(path, next === '' ? undefined : next);
  if (images.has(key))
    return <ImageField label={nameOf(key)} value={value} onImage={(sha256) => write(path, sha256)} />;
  if (field.form === 'flag')
    return (
      <Checkbox
        size="xs"
        label={label}
        checked={value === true}
        onChange={({ currentTarget }) => write(path, currentTarget.checked || undefined)}
      />
    );
  const choices = field.form === 'choice' ? field.of : field.form === 'text' ? known : [];
  if (choices.length > 0)
    return (
      <NativeSelect
        size="xs"
        label={label}
        value={text}
        data={['', ...(text === '' || choices.includes(text) ? choices : [text, ...choices])]}
        onChange={({ currentTarget }) => put(currentTarget.value)}
      />
    );
  if (field.form === 'number')
    return (
      <TextInput
        size="xs"
        label={label}
        type="number"
        step="any"
        min={field.minimum}
        max={field.maximum}
        value={text}
        onChange={({ currentTarget }) =>
          write(path, currentTarget.value === '' ? undefined : Number(currentTarget.value))
        }
      />
    );
  if (field.form === 'words')
    return (
      <TextInput
        size="xs"
        label={label}
        description={known.length > 0 ? known.join(', ') : undefined}
        value={text}
        onChange={({ currentTarget }) => {
          const words = currentTarget.value.split(/, */);
          write(path, currentTarget.value === '' ? undefined : words.map(wordOf));
        }}
      />
    );
  return <TextInput size="xs" label={label} value={text} onChange={({ currentTarget }) => put(currentTarget.value)} />;
}

/** Lists of numbers are typed as words are. */
const wordOf = (word: string) => (/^\d+$/.test(word) ? Number(word) : word);

function Label({ name, about }: { name: string; about: string | undefined }) {
  return about ? <span data-hint={about}>{name}</span> : name;
}
