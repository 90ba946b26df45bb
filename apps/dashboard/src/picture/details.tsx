import type { TaskView } from '@atelier/contracts/rest';
import { t } from '../texts/texts.js';
import { bytes } from '../format/quantity.js';
import { CopyButton } from '../ui/copy.js';
import { Attempts } from './attempts.js';
import styles from './details.module.css';
import { Fact, Hash } from './fact.js';
import { PictureTools } from './picture-tools.js';

/** Everything that is known of a picture: what was asked for, the file, and how it was made. */
export function Details({ task }: { task: TaskView }) {
  const { settings, result } = task;
  const { fields } = t;
  return (
    <div className={styles.details}>
      <section>
        <div className={styles.prompt}>
          <p>{task.prompt}</p>
          <CopyButton text={task.prompt} what={t.copy.prompt} />
        </div>
        {settings.negative !== null && (
          <div className={styles.negative}>
            <p>
              <span>{fields.without}</span> {settings.negative === '' ? t.picture.emptyPrompt : settings.negative}
            </p>
            <CopyButton text={settings.negative} what={t.copy.negative} />
          </div>
        )}
      </section>

      <PictureTools task={task} />

      <dl className={styles.facts} aria-label={t.picture.settings}>
        <Fact name={fields.seed} copy={String(task.seed)}>
          {task.seed}
        </Fact>
        <Fact name={fields.size}>
          {settings.width} × {settings.height}
        </Fact>
        <Fact name={fields.sampler}>
          {settings.sampler ?? t.picture.ofCheckpoint}
          {settings.schedule !== null && `, ${settings.schedule}`}
          {settings.eta !== null && `, η ${settings.eta}`}
        </Fact>
        <Fact name={fields.steps}>{settings.steps}</Fact>
        <Fact name={fields.guidance}>{settings.guidance}</Fact>
        {settings.clipSkip > 0 && <Fact name={fields.clipSkip}>{settings.clipSkip}</Fact>}
        {settings.rng !== 'cpu' && <Fact name={fields.rng}>{settings.rng}</Fact>}
        <Fact name={fields.model} copy={settings.model.sha256} copied={t.copy.modelHash}>
          {settings.model.name} <Hash of={settings.model.sha256} />
        </Fact>
        {settings.vae && (
          <Fact name={fields.vae} copy={settings.vae.sha256} copied={t.copy.vaeHash}>
            {settings.vae.name} <Hash of={settings.vae.sha256} />
          </Fact>
        )}
        {settings.loras.map((lora) => (
          <Fact key={lora.sha256} name={fields.lora} copy={lora.sha256} copied={t.copy.loraHash}>
            {lora.name} × {lora.weight}
            {lora.textEncoderWeight !== lora.weight && ` (${lora.textEncoderWeight})`} <Hash of={lora.sha256} />
          </Fact>
        ))}
      </dl>

      {result && (
        <dl className={styles.facts} aria-label={fields.file}>
          <Fact name={fields.file}>{result.file}</Fact>
          <Fact name={fields.type}>
            {result.mediaType}, {bytes(result.bytes)}
          </Fact>
          <Fact name="sha256" copy={result.sha256}>
            <Hash of={result.sha256} />
          </Fact>
          <Fact name={fields.pixels} copy={result.pixelSha256} copied="pixelSha256">
            <Hash of={result.pixelSha256} />
          </Fact>
        </dl>
      )}

      <Attempts task={task} />
    </div>
  );
}
