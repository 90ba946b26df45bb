import type { TaskView } from '@atelier/contracts/rest';
import { Button } from '@mantine/core';
import { pictureUrl } from '../api/reads.js';
import { bytes } from '../format/quantity.js';
import { CopyButton } from '../ui/copy.js';
import { Icon } from '../ui/icons.js';
import { Attempts } from './attempts.js';
import styles from './details.module.css';
import { Fact, Hash } from './fact.js';

/** Everything that is known of a picture: what was asked for, the file, and how it was made. */
export function Details({ task }: { task: TaskView }) {
  const { settings, result } = task;
  return (
    <div className={styles.details}>
      <section>
        <div className={styles.prompt}>
          <p>{task.prompt}</p>
          <CopyButton text={task.prompt} what="the prompt" />
        </div>
        {settings.negative !== null && (
          <div className={styles.negative}>
            <p>
              <span>without</span> {settings.negative === '' ? 'the empty prompt' : settings.negative}
            </p>
            <CopyButton text={settings.negative} what="the negative prompt" />
          </div>
        )}
      </section>

      <dl className={styles.facts} aria-label="Settings">
        <Fact name="seed" copy={String(task.seed)}>
          {task.seed}
        </Fact>
        <Fact name="size">
          {settings.width} × {settings.height}
        </Fact>
        <Fact name="sampler">
          {settings.sampler ?? 'of the checkpoint'}
          {settings.schedule !== null && `, ${settings.schedule}`}
          {settings.eta !== null && `, η ${settings.eta}`}
        </Fact>
        <Fact name="steps">{settings.steps}</Fact>
        <Fact name="guidance">{settings.guidance}</Fact>
        {settings.clipSkip > 0 && <Fact name="CLIP skip">{settings.clipSkip}</Fact>}
        {settings.rng !== 'cpu' && <Fact name="random numbers">{settings.rng}</Fact>}
        <Fact name="model" copy={settings.model.sha256} copied="the model's hash">
          {settings.model.name} <Hash of={settings.model.sha256} />
        </Fact>
        {settings.vae && (
          <Fact name="VAE" copy={settings.vae.sha256} copied="the VAE's hash">
            {settings.vae.name} <Hash of={settings.vae.sha256} />
          </Fact>
        )}
        {settings.loras.map((lora) => (
          <Fact key={lora.sha256} name="LoRA" copy={lora.sha256} copied="the LoRA's hash">
            {lora.name} × {lora.weight}
            {lora.textEncoderWeight !== lora.weight && ` (text ${lora.textEncoderWeight})`} <Hash of={lora.sha256} />
          </Fact>
        ))}
      </dl>

      {result && (
        <dl className={styles.facts} aria-label="File">
          <Fact name="file">{result.file}</Fact>
          <Fact name="type">
            {result.mediaType}, {bytes(result.bytes)}
          </Fact>
          <Fact name="sha256" copy={result.sha256}>
            <Hash of={result.sha256} />
          </Fact>
          <Fact name="pixels" copy={result.pixelSha256} copied="pixelSha256">
            <Hash of={result.pixelSha256} />
          </Fact>
        </dl>
      )}

      <Attempts task={task} />

      {result && (
        <Button
          component="a"
          href={pictureUrl(result.sha256)}
          download={result.file}
          leftSection={<Icon name="download" size={14} />}
        >
          Download picture
        </Button>
      )}
    </div>
  );
}
