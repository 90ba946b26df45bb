import type { ReactNode } from 'react';
import { short } from '../format/quantity.js';
import { CopyButton } from '../ui/copy.js';
import styles from './fact.module.css';

/** One line of a list of facts; `copy` is what its button puts on the clipboard. */
export function Fact({
  name,
  children,
  copy,
  copied = name,
}: {
  name: string;
  children: ReactNode;
  copy?: string;
  copied?: string;
}) {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>
        <span>{children}</span>
        {copy !== undefined && <CopyButton text={copy} what={copied} />}
      </dd>
    </div>
  );
}

/** The beginning of a hash; its whole in the tip. */
export function Hash({ of }: { of: string }) {
  return (
    <code className={styles.hash} title={of}>
      {short(of, 12)}
    </code>
  );
}
