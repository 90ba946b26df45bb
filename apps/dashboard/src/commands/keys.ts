/** Shortcuts as text: `mod+k`, `shift+x`, `.`, `Enter`, or two in a row as in `g f`. `mod` is Ctrl, on Apple's machines ⌘. */

interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** The shortcut's name of what was pressed. Shift counts where it does not already show in the character. */
export function nameOf({ key, ctrlKey, metaKey, altKey, shiftKey }: Pressed): string {
  const letter = /^[a-z]$/i.test(key);
  const parts = [
    ctrlKey || metaKey ? 'mod' : '',
    altKey ? 'alt' : '',
    shiftKey && (letter || key.length > 1) ? 'shift' : '',
    letter ? key.toLowerCase() : key === ' ' ? 'Space' : key,
  ];
  return parts.filter(Boolean).join('+');
}

const apple = () => typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);
const signs: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Delete: 'Del',
  Escape: 'Esc',
};

/** The keys of a shortcut as they stand on a keyboard: `g f` → [['G'], ['F']]. */
export function shownKeys(shortcut: string): string[][] {
  return shortcut
    .split(' ')
    .map((step) =>
      step
        .split(/\+(?=.)/)
        .map((part) =>
          part === 'mod'
            ? apple()
              ? '⌘'
              : 'Ctrl'
            : part === 'shift'
              ? 'Shift'
              : part === 'alt'
                ? 'Alt'
                : (signs[part] ?? part.toUpperCase()),
        ),
    );
}

/** A character without a modifier belongs to the field that is typed into. */
export const belongsToField = (name: string): boolean => !name.startsWith('mod+') && name !== 'Escape';
