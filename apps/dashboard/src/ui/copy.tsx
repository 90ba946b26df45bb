import { ActionIcon } from '@mantine/core';
import { useState } from 'react';
import { t } from '../texts/texts.js';
import { Icon } from './icons.js';
import { notify } from './notices.js';

/** Browsers open their clipboard interface to https and localhost only; a farm in a LAN is often plain http. */
async function copy(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement('textarea');
  field.value = text;
  field.style.position = 'fixed';
  field.style.opacity = '0';
  document.body.append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  if (!copied) throw new Error('no clipboard');
}

/** A button that puts `text` on the clipboard; `what` names it. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState(false);
  async function onClick() {
    try {
      await copy(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 1500);
    } catch {
      notify({ tone: 'bad', text: t.copy.refused });
    }
  }
  return (
    <ActionIcon
      size={22}
      aria-label={t.copy.button(what)}
      data-hint={copied ? t.copy.done : t.copy.button(what)}
      onClick={() => void onClick()}
    >
      <Icon name={copied ? 'check' : 'copy'} size={13} />
    </ActionIcon>
  );
}
