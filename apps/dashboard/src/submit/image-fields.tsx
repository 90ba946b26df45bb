/** Pictures that a batch begins from: shown as far as the farm's format has them. */
import { AssetView, type ModelView } from '@atelier/contracts/rest';
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { refused } from '../api/actions.js';
import { upload } from '../api/client.js';
import { pictureUrl } from '../api/reads.js';
import { t } from '../texts/texts.js';
import { Icon } from '../ui/icons.js';
import { writeField, type Path } from './batch-document.js';
import styles from './batch-form.module.css';
import { FilePicker } from './file-picker.js';
import { MaskPainter } from './mask-painter.js';
import { schemasAt, type Schema } from './schema.js';

interface ImageFieldsProps {
  fields: Readonly<Record<string, unknown>>;
  schema: Schema | undefined;
  models: readonly ModelView[];
  text: string;
  onChange: (text: string) => void;
  write: (path: Path, value: unknown) => void;
}

const isHash = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);

export function ImageFields({ fields, schema, models, text, onChange, write }: ImageFieldsProps) {
  const has = (key: string) => schemasAt(schema ?? {}, [key]).length > 0;
  const [painting, setPainting] = useState(false);
  if (!has('initImage')) return null;
  const { initImage, mask } = fields;

  async function put(path: Path, file: Blob): Promise<void> {
    const { sha256 } = await upload('/assets', AssetView, file);
    let next = writeField(text, path, sha256);
    if (path[0] === 'initImage' && fields.strength === undefined) next = writeField(next, ['strength'], 0.6);
    onChange(next);
  }
  const take = (path: Path) => (file: Blob) => void put(path, file).catch(refused);

  return (
    <fieldset className={styles.part}>
      <legend>{t.newJob.images}</legend>
      <div className={styles.line}>
        <FilePicker label={isHash(initImage) ? t.newJob.otherImage : t.newJob.initImage} onFile={take(['initImage'])} />
        {initImage !== undefined && (
          <Button
            variant="subtle"
            color="gray"
            onClick={() =>
              onChange(['initImage', 'mask', 'strength'].reduce((now, key) => writeField(now, [key], undefined), text))
            }
          >
            {t.newJob.remove(t.fields.initImage)}
          </Button>
        )}
      </div>
      {isHash(initImage) && (
        <>
          <img className={styles.preview} src={pictureUrl(initImage)} alt={t.fields.initImage} />
          <div className={styles.line}>
            <TextInput
              size="xs"
              type="number"
              min={0.05}
              max={1}
              step={0.05}
              label={t.fields.strength}
              value={typeof fields.strength === 'number' ? fields.strength : ''}
              onChange={({ currentTarget }) =>
                write(['strength'], currentTarget.value === '' ? undefined : Number(currentTarget.value))
              }
            />
            {has('mask') && (
              <Button leftSection={<Icon name="draw" size={14} />} onClick={() => setPainting(true)}>
                {mask === undefined ? t.newJob.paintMask : t.newJob.repaintMask}
              </Button>
            )}
            {mask !== undefined && (
              <Button variant="subtle" color="gray" onClick={() => write(['mask'], undefined)}>
                {t.newJob.remove(t.fields.mask)}
              </Button>
            )}
          </div>
        </>
      )}
      {has('control') && <ControlFields fields={fields} models={models} write={write} take={take} />}
      {painting && isHash(initImage) && (
        <MaskPainter picture={pictureUrl(initImage)} onClose={() => setPainting(false)} onMask={take(['mask'])} />
      )}
    </fieldset>
  );
}

interface ControlFieldsProps {
  fields: ImageFieldsProps['fields'];
  models: readonly ModelView[];
  write: ImageFieldsProps['write'];
  take: (path: Path) => (file: Blob) => void;
}

/** One control picture; more of them are written in the text. */
function ControlFields({ fields, models, write, take }: ControlFieldsProps) {
  const nets = models.filter(({ kind }) => ['controlnet', 't2i-adapter'].includes(kind)).map(({ name }) => name);
  const [first] = Array.isArray(fields.control) ? (fields.control as Record<string, unknown>[]) : [];
  if (nets.length === 0) return null;
  if (!first)
    return (
      <div className={styles.line}>
        <Button onClick={() => write(['control'], [{ model: nets[0], image: '' }])}>{t.newJob.addControl}</Button>
      </div>
    );
  return (
    <div className={styles.line}>
      <NativeSelect
        size="xs"
        aria-label={t.newJob.controlModel}
        value={String(first.model ?? '')}
        data={nets}
        onChange={({ currentTarget }) => write(['control', 0, 'model'], currentTarget.value)}
      />
      <FilePicker label={t.newJob.controlImage} onFile={take(['control', 0, 'image'])} />
      {isHash(first.image) && (
        <img className={styles.preview} src={pictureUrl(first.image)} alt={t.newJob.controlImage} />
      )}
      <NativeSelect
        size="xs"
        aria-label={t.newJob.preprocess}
        value={String(first.preprocess ?? 'none')}
        data={['none', 'canny']}
        onChange={({ currentTarget }) =>
          write(['control', 0, 'preprocess'], currentTarget.value === 'none' ? undefined : currentTarget.value)
        }
      />
      <Button variant="subtle" color="gray" onClick={() => write(['control'], undefined)}>
        {t.newJob.remove(t.newJob.controlImage)}
      </Button>
    </div>
  );
}
