import { AssetView } from '@atelier/contracts/rest';
import { refused } from '../api/actions.js';
import { Content, post } from '../api/client.js';
import { pictureUrl } from '../api/reads.js';
import { t } from '../texts/texts.js';
import styles from './batch-form.module.css';
import { FilePicker } from './file-picker.js';

export const isHash = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);

/** Uploads a picture of this computer; says its hash, or shows why it was refused. */
export const uploadImage = (file: Blob, onHash: (sha256: string) => void): void =>
  void post('/assets', {}, AssetView, new Content(file, { 'content-type': file.type })).then(
    ({ sha256 }) => onHash(sha256),
    refused,
  );

/** A picture that a field names by its hash. */
export function ImageField({
  label,
  value,
  onImage,
}: {
  label: string;
  value: unknown;
  onImage: (sha256: string) => void;
}) {
  return (
    <div className={styles.image}>
      <FilePicker label={t.newJob.choose(label)} onFile={(file) => uploadImage(file, onImage)} />
      {isHash(value) && <img className={styles.preview} src={pictureUrl(value)} alt={label} />}
    </div>
  );
}
