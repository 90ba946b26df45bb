import { useEffect, useState, type ChangeEvent } from 'react';

/** How long typing must rest before it counts. */
const quietMs = 300;

/** A text field whose value counts after a moment of quiet: what to spread on the field. */
export function useQuietText(value: string, onDone: (text: string) => void) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => onDone(typed.trim()), quietMs);
    return () => clearTimeout(timer);
  });
  return {
    value: typed,
    onChange: ({ currentTarget }: ChangeEvent<HTMLInputElement>) => setTyped(currentTarget.value),
  };
}
