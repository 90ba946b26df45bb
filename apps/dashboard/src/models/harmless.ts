/** What a model card, which a stranger wrote, may put on this page: words and their form. */
import type { ElementContent, Nodes, Root } from 'hast';
import { SKIP, visit, type ActionTuple } from 'unist-util-visit';

/**
 * A rehype plugin for cards without raw HTML. Pictures become what they stand for in words, links stay where they lead to
 * a page of the web, headings go on below the level that they stand in, and of attributes none stays that is not named.
 *
 * @param below level of the heading above the card; the card's own continue it without a gap, as far as h6
 */
export function harmless({ below }: { below: number }) {
  return (tree: Root): void => {
    const levelOf = outline(below);
    visit(tree, 'element', (node, index, parent) => {
      if (parent === undefined || index === undefined) return;
      const replaceBy = (...nodes: ElementContent[]) => {
        parent.children.splice(index, 1, ...nodes);
        return [SKIP, index] satisfies ActionTuple; // What came in its place is visited next.
      };
      const { tagName, properties } = node;
      node.properties = {};
      // Footnotes are a list at the end: their title is not in the card's words, and the way back leads nowhere.
      if (properties.id === 'footnote-label' || 'dataFootnoteBackref' in properties) return replaceBy();
      if (/^h[1-6]$/.test(tagName)) node.tagName = `h${levelOf(Number(tagName[1]))}`;
      else if (tagName === 'img') return replaceBy(text(String(properties.alt ?? '')));
      else if (tagName === 'input') return replaceBy(text(properties.checked ? '☑' : '☐'));
      else if (tagName === 'a') {
        const address = webAddress(properties.href);
        if (address === undefined) return replaceBy(...node.children);
        node.properties = { href: address, target: '_blank', rel: ['noreferrer', 'noopener'] };
        if (wordsOf(node).trim() === '') node.children = [text(address)];
      } else if (tagName === 'th' || tagName === 'td') {
        node.properties = { align: properties.align };
        // A heading without words is none: a screen reader would announce it for each cell below.
        if (wordsOf(node).trim() === '') node.tagName = 'td';
      } else if (tagName === 'ol') node.properties = { start: properties.start };
      return;
    });
  };
}

/** Levels for headings in document order: each one below the last that is above it, whatever numbers the card has. */
function outline(below: number): (rank: number) => number {
  const open: number[] = [];
  return (rank) => {
    while (open.length > 0 && open.at(-1)! >= rank) open.pop();
    open.push(rank);
    return Math.min(below + open.length, 6);
  };
}

/** `href` if it is a whole http or https address. Any other leads nowhere from here, or somewhere it should not. */
function webAddress(href: unknown): string | undefined {
  if (typeof href !== 'string' || !URL.canParse(href)) return undefined;
  const address = new URL(href);
  return /^https?:$/.test(address.protocol) ? address.href : undefined;
}

const text = (value: string): ElementContent => ({ type: 'text', value });

/** The words that a reader gets of a node, those of its pictures too. */
function wordsOf(node: Nodes): string {
  if (node.type === 'text') return node.value;
  if (node.type === 'element' && node.tagName === 'img') return String(node.properties.alt ?? '');
  return 'children' in node ? node.children.map(wordsOf).join('') : '';
}
