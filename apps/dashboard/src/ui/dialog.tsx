/** A dialog: the browser's own, which keeps the focus inside, closes with Escape and is read out as one. */
import { ActionIcon } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import { t } from '../texts/texts.js';
import styles from './dialog.module.css';
import { Icon } from './icons.js';

export function Dialog({
  title,
  hideTitle = false,
  onClose,
  children,
  actions,
  wide = false,
}: {
  title: string;
  hideTitle?: boolean;
  onClose: () => void;
  children: ReactNode;
  actions?: ReactNode;
  wide?: boolean;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    return () => before?.focus({ preventScroll: true });
  }, []);
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      data-wide={wide || undefined}
      aria-label={title}
      onClose={onClose}
      onClick={({ target }) => {
        if (target === dialog.current) onClose();
      }}
    >
      <div className={styles.body}>
        {!hideTitle && (
          <div className={styles.head}>
            <h2>{title}</h2>
            <ActionIcon aria-label={t.ui.close} onClick={onClose}>
              <Icon name="cancel" size={14} />
            </ActionIcon>
          </div>
        )}
        {children}
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </div>
    </dialog>
  );
}
