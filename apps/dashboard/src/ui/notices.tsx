/** Short messages about what a person just did: shown in a corner, read out, gone after a while. */
import { ActionIcon } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import type { Tone } from '../format/tone.js';
import { Icon } from './icons.js';
import styles from './notices.module.css';

interface Notice {
  id: number;
  tone: Tone;
  text: string;
}

const shownForMs = 8000;
let notices: readonly Notice[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function set(next: readonly Notice[]): void {
  notices = next;
  for (const listener of listeners) listener();
}

const dismiss = (id: number) => set(notices.filter((notice) => notice.id !== id));

export function notify(notice: { tone: Tone; text: string }): void {
  const id = (lastId += 1);
  set([...notices.slice(-3), { ...notice, id }]);
  setTimeout(() => dismiss(id), shownForMs);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Notices() {
  const shown = useSyncExternalStore(subscribe, () => notices);
  return (
    <div className={styles.corner} role="status" aria-live="polite">
      {shown.map(({ id, tone, text }) => (
        <div key={id} className={styles.notice} data-tone={tone}>
          <span>{text}</span>
          <ActionIcon aria-label="Dismiss" onClick={() => dismiss(id)}>
            <Icon name="cancel" size={14} />
          </ActionIcon>
        </div>
      ))}
    </div>
  );
}
