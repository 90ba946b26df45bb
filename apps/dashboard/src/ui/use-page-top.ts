import { useEffect, useState, type RefObject } from 'react';

/**
 * How far down the page an element begins, in CSS pixels; 0 until the first layout. Asked when the browser has laid the
 * page out and its height has changed: asked after every render it would make the browser lay out each time.
 */
export function usePageTop(element: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      if (!element.current) return;
      const now = element.current.getBoundingClientRect().top + window.scrollY;
      setTop((before) => (Math.abs(now - before) > 1 ? now : before));
    });
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [element]);
  return top;
}
