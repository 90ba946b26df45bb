import { useDebouncedValue } from '@mantine/hooks';
import { cannyUrl } from '../api/reads.js';
import { t } from '../texts/texts.js';
import styles from './batch-form.module.css';
import { isHash } from './image-field.js';

/** How long typing must rest before edges are drawn. */
const quietMs = 300;
/** The format's own defaults. */
const defaults = { low: 100, high: 200 };

/** The edges that a control picture becomes, as they are drawn with these gradients. */
export function CannyPreview({ image, low, high }: { image: unknown; low: unknown; high: unknown }) {
  const numbers = [typeof low === 'number' ? low : defaults.low, typeof high === 'number' ? high : defaults.high];
  const [[from, begin]] = useDebouncedValue(numbers as [number, number], quietMs);
  if (!isHash(image)) return null;
  return <img className={styles.preview} src={cannyUrl(image, from, begin)} alt={t.newJob.edges} />;
}
