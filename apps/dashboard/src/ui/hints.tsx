/**
 * The page's tooltips: one, for whichever element with a `data-hint` is under the pointer or has the keyboard. The library
 * that finds a tooltip its place is a tenth of the script that the first view would load: this chunk comes after it.
 */
import { Tooltip } from '@mantine/core';
import { useEffect, useId, useState } from 'react';

/** A pointer that only passes by is told nothing. */
const restMs = 350;

export function Hints() {
  const id = useId();
  const target = usePointedAt();
  const text = useHintOf(target);
  useEffect(() => {
    if (!target || text === '') return;
    target.setAttribute('aria-describedby', id);
    return () => target.removeAttribute('aria-describedby');
  }, [target, text, id]);
  if (!target || text === '') return null;
  // The tooltip itself is named by the library.
  return <Tooltip target={target} opened label={<span id={id}>{text}</span>} multiline maw={320} />;
}

/** The element with a hint on which pointer or keyboard rests; null while there is none. */
function usePointedAt(): HTMLElement | null {
  const [target, setTarget] = useState<HTMLElement | null>(null);
  useEffect(() => {
    let candidate: HTMLElement | null = null;
    let resting: ReturnType<typeof setTimeout> | undefined;
    const look = (at: EventTarget | null) => {
      const found = at instanceof Element ? at.closest<HTMLElement>('[data-hint]') : null;
      if (found === candidate) return;
      candidate = found;
      clearTimeout(resting);
      setTarget(null);
      if (found) resting = setTimeout(() => setTarget(found), restMs);
    };
    const stop = new AbortController();
    const on = <K extends keyof DocumentEventMap>(type: K, listener: (event: DocumentEventMap[K]) => void) =>
      document.addEventListener(type, listener, { signal: stop.signal });
    on('pointerover', ({ target, pointerType }) => pointerType !== 'touch' && look(target));
    on('pointerout', ({ relatedTarget }) => relatedTarget === null && look(null));
    on('focusin', ({ target }) => target instanceof Element && target.matches(':focus-visible') && look(target));
    on('focusout', () => look(null));
    on('keydown', ({ key }) => key === 'Escape' && look(null));
    return () => {
      stop.abort();
      clearTimeout(resting);
    };
  }, []);
  return target;
}

/** What `element` says now: a button that has copied says so under the pointer. */
function useHintOf(element: HTMLElement | null): string {
  const [text, setText] = useState('');
  useEffect(() => {
    const read = () => setText(element?.dataset['hint'] ?? '');
    read();
    if (!element) return;
    const observer = new MutationObserver(read);
    observer.observe(element, { attributeFilter: ['data-hint'] });
    return () => observer.disconnect();
  }, [element]);
  return text;
}
