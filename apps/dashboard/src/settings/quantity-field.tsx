import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { t } from '../texts/texts.js';

const textOf = (value: number | null) => (value === null ? '' : String(Number(value.toFixed(3))));

/** A number that counts once the field is left or Enter is pressed; empty is null. */
export function QuantityField({
  label,
  value,
  empty = t.settings.unlimited,
  onDone,
}: {
  label: string;
  value: number | null;
  /** What an empty field means. */
  empty?: string;
  onDone: (value: number | null) => void;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  function done(): void {
    if (typed !== null && typed !== textOf(value)) onDone(typed.trim() === '' ? null : Number(typed));
    setTyped(null);
  }
  return (
    <TextInput
      size="xs"
      type="number"
      step="any"
      min={0}
      aria-label={label}
      placeholder={empty}
      value={typed ?? textOf(value)}
      onChange={({ currentTarget }) => setTyped(currentTarget.value)}
      onBlur={done}
      onKeyDown={({ key }) => {
        if (key === 'Enter') done();
        if (key === 'Escape') setTyped(null);
      }}
    />
  );
}
