import type { ModelView } from '@atelier/contracts/rest';
import { ActionIcon, NativeSelect, TextInput } from '@mantine/core';
import { t } from '../texts/texts.js';
import { Icon } from '../ui/icons.js';
import styles from './batch-form.module.css';

interface Lora {
  name: string;
  weight?: number;
}

interface LoraPickerProps {
  /** As the batch has it. */
  loras: unknown;
  models: readonly ModelView[];
  onChange: (loras: Lora[] | undefined) => void;
}

/** Which LoRAs, and how strongly. */
export function LoraPicker({ loras, models, onChange }: LoraPickerProps) {
  const known = models.filter(({ kind }) => kind === 'lora').map(({ name }) => name);
  const chosen = Array.isArray(loras)
    ? (loras as Lora[]).filter((lora) => lora !== null && typeof lora === 'object')
    : [];
  if (known.length === 0 && chosen.length === 0) return null;
  const set = (next: Lora[]) => onChange(next.length > 0 ? next : undefined);
  const free = known.filter((name) => !chosen.some((lora) => lora.name === name));
  return (
    <fieldset className={styles.part}>
      <legend>{t.newJob.loras}</legend>
      {chosen.map((lora, i) => (
        <div key={i} className={styles.line}>
          <span className={styles.grow}>{lora.name}</span>
          <TextInput
            className={styles.weight ?? ''}
            type="number"
            step="any"
            size="xs"
            aria-label={t.newJob.weightOf(lora.name)}
            value={lora.weight ?? 1}
            onChange={({ currentTarget }) =>
              set(chosen.map((other, j) => (j === i ? { ...other, weight: Number(currentTarget.value) } : other)))
            }
          />
          <ActionIcon aria-label={t.newJob.remove(lora.name)} onClick={() => set(chosen.filter((_, j) => j !== i))}>
            <Icon name="cancel" size={12} />
          </ActionIcon>
        </div>
      ))}
      {free.length > 0 && (
        <NativeSelect
          size="xs"
          aria-label={t.newJob.addLora}
          value=""
          data={[{ value: '', label: t.newJob.addLora }, ...free.map((name) => ({ value: name, label: name }))]}
          onChange={({ currentTarget }) => {
            if (currentTarget.value) set([...chosen, { name: currentTarget.value, weight: 1 }]);
          }}
        />
      )}
    </fieldset>
  );
}
