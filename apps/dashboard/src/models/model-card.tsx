import { useMemo, type ComponentProps } from 'react';
import Markdown from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { harmless } from './harmless.js';
import styles from './model-card.module.css';

/** What GitHub's Markdown consists of, but for what asks for a file or an answer; `harmless` has replaced those. */
const elements = [
  ...['a', 'blockquote', 'br', 'code', 'del', 'em', 'h3', 'h4', 'h5', 'h6', 'hr', 'li', 'ol', 'p', 'pre', 'strong', 'sup'],
  ...['table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul'],
];

/**
 * A model card's Markdown. It comes from whoever made the model: nothing of it is run or fetched.
 *
 * @param titleId of the h2 with the model's name, which names wide tables for those who reach them by keyboard
 */
export function ModelCard({ markdown, titleId }: { markdown: string; titleId: string }) {
  const components = useMemo(() => ({ table: tableNamedBy(titleId) }), [titleId]);
  return (
    <div className={styles.card}>
      <Markdown
        skipHtml
        allowedElements={elements}
        unwrapDisallowed
        remarkPlugins={[remarkGfm]}
        rehypePlugins={[[harmless, { below: 2 }]]}
        components={components}
      >
        {markdown}
      </Markdown>
    </div>
  );
}

const tableNamedBy = (titleId: string) =>
  function Table({ children }: ComponentProps<'table'>) {
    return (
      <div className={styles.wide} role="group" aria-labelledby={titleId} tabIndex={0}>
        <table>{children}</table>
      </div>
    );
  };
