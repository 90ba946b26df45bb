/** The picture that a batch begins from, and what of it is repainted. */
import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { pictureUrl } from '../api/reads.js';
import { t } from '../texts/texts.js';
import { Icon } from '../ui/icons.js';
import { writeField, type Path } from './batch-document.js';
import styles from './batch-form.module.css';
import { FilePicker } from './file-picker.js';
import { isHash, uploadImage } from './image-field.js';
import { MaskPainter } from './mask-painter.js';
import { schemasAt, type Schema } from './schema.js';

interface ImageFieldsProps {
  fields: Readonly<Record<string, unknown>>;
  schema: Schema | undefined;
  text: string;
  onChange: (text: string) => void;
  write: (path: Path, value: unknown) => void;
}

export function ImageFields({ fields, schema, text, onChange, write }: ImageFieldsProps) {
  const has = (key: string) => schemasAt(schema ?? {}, [key]).length > 0;
  const [painting, setPainting] = useState(false);
  if (!has('initImage')) return null;
  const { initImage, mask } = fields;

  const takePicture = (file: Blob) =>
    uploadImage(file, (sha256) => {
      const next = writeField(text, ['initImage'], sha256);
      onChange(fields.strength === undefined ? writeField(next, ['strength'], 0.6) : next);
    });
  const takeMask = (file: Blob) => uploadImage(file, (sha256) => write(['mask'], sha256));

  return (
    <fieldset className={styles.part}>
      <legend>{t.newJob.images}</legend>
      <div className={styles.line}>
        <FilePicker label={isHash(initImage) ? t.newJob.otherImage : t.newJob.initImage} onFile={takePicture} />
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
      {painting && isHash(initImage) && (
        <MaskPainter picture={pictureUrl(initImage)} onClose={() => setPainting(false)} onMask={takeMask} />
      )}
    </fieldset>
  );
}
