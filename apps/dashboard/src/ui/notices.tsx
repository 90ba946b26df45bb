/** Short messages about what a person just did: shown in a corner, read out, gone after a while. */
import { ActionIcon, Button } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import type { Tone } from '../format/tone.js';
import { t } from '../texts/texts.js';
import { Icon } from './icons.js';
import styles from './notices.module.css';

export interface Notice {
  tone: Tone;
  text: string;
  /** What can be done about it, for as long as the notice stands. */
  action?: { label: string; run(): void };
}

const shownForMs = 8000;
/** Time to think better of something. */
const actionShownForMs = 20_000;
let notices: readonly (Notice & { id: number })[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function set(next: typeof notices): void {
  notices = next;
  for (const listener of listeners) listener();
}

const dismiss = (id: number) => set(notices.filter((notice) => notice.id !== id));

export function notify(notice: Notice): void {
  const id = (lastId += 1);
  set([...notices.slice(-3), { ...notice, id }]);
  setTimeout(() => dismiss(id), notice.action ? actionShownForMs : shownForMs);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Takes back the latest thing that can be. */
export function runLatestAction(): void {
  const latest = notices.findLast(({ action }) => action !== undefined);
  if (!latest) return;
  dismiss(latest.id);
  latest.action?.run();
}

export function Notices() {
  const shown = useSyncExternalStore(subscribe, () => notices);
  return (
    <div className={styles.corner} role="status" aria-live="polite">
      {shown.map(({ id, tone, text, action }) => (
        <div key={id} className={styles.notice} data-tone={tone}>
          <span>{text}</span>
          {action && (
            <Button
              size="compact-xs"
              onClick={() => {
                dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </Button>
          )}
          <ActionIcon aria-label={t.ui.dismiss} onClick={() => dismiss(id)}>
            <Icon name="cancel" size={14} />
          </ActionIcon>
        </div>
      ))}
    </div>
  );
}
