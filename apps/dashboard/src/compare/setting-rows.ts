/** The settings of two tasks beside each other. Pure. */
import type { TaskView } from '@atelier/contracts/rest';

export interface SettingRow {
  name: string;
  left: string;
  right: string;
  differs: boolean;
}

const text = (value: unknown): string => {
  if (value === null || value === undefined || value === '') return '–';
  if (Array.isArray(value)) return value.map(text).join(', ') || '–';
  if (typeof value === 'object') {
    const { name, weight } = value as { name?: unknown; weight?: unknown };
    return name === undefined
      ? JSON.stringify(value)
      : weight === undefined
        ? String(name)
        : `${String(name)} × ${String(weight)}`;
  }
  return String(value);
};

/** Prompt and seed first, then every setting that either task has; what differs comes before what does not. */
export function settingRows(left: TaskView, right: TaskView): SettingRow[] {
  const of = ({ prompt, seed, settings }: TaskView): Record<string, unknown> => ({ prompt, seed, ...settings });
  const [a, b] = [of(left), of(right)];
  const rows = [...new Set([...Object.keys(a), ...Object.keys(b)])].map((name) => ({
    name,
    left: text(a[name]),
    right: text(b[name]),
    differs: JSON.stringify(a[name]) !== JSON.stringify(b[name]),
  }));
  return [...rows.filter(({ differs }) => differs), ...rows.filter(({ differs }) => !differs)];
}
