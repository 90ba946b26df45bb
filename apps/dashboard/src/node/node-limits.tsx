/** What an operator allows a node, in one form. */
import type { NodeView } from '@atelier/contracts/rest';
import { Button, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useNodeChange } from '../api/actions.js';
import { t } from '../texts/texts.js';
import { Dialog } from '../ui/dialog.js';
import { limitsIn, textsOf, type LimitTexts } from './limit-texts.js';
import styles from './node-limits.module.css';

export function NodeLimitsButton({ node }: { node: NodeView }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t.node.limits}</Button>
      {open && <LimitsDialog node={node} onClose={() => setOpen(false)} />}
    </>
  );
}

const form = 'node-limits';

function LimitsDialog({ node, onClose }: { node: NodeView; onClose: () => void }) {
  const [before] = useState(() => textsOf(node.limits));
  const [texts, setTexts] = useState(before);
  const { mutate, isPending, error } = useNodeChange(node.id);
  const { fields, help } = t.node;

  function save(event: FormEvent): void {
    event.preventDefault();
    mutate(limitsIn(texts, before), { onSuccess: onClose });
  }
  const field = (name: keyof LimitTexts) => ({
    label: fields[name],
    description: help[name],
    value: texts[name],
    onChange: ({ currentTarget }: { currentTarget: HTMLInputElement }) =>
      setTexts({ ...texts, [name]: currentTarget.value }),
  });
  return (
    <Dialog
      title={t.node.limitsOf(node.name)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t.ui.no}</Button>
          <Button type="submit" form={form} variant="filled" loading={isPending}>
            {t.node.save}
          </Button>
        </>
      }
    >
      <p className={styles.help}>{t.node.limitsHelp}</p>
      <form id={form} className={styles.form} onSubmit={save}>
        <TextInput {...field('tags')} />
        <TextInput {...field('chassis')} />
        <TextInput {...field('watts')} type="number" min={1} step="any" />
        <TextInput {...field('celsius')} type="number" min={1} step="any" />
        <TextInput {...field('hours')} placeholder="20:00-07:30" />
      </form>
      {error && (
        <p role="alert" className={styles.refusal}>
          {error.message}
        </p>
      )}
    </Dialog>
  );
}
