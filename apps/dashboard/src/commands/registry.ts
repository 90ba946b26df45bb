/** The one registry of what can be done: palette, sheet of shortcuts and keyboard all read it. */
import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';
import { belongsToField, nameOf } from './keys.js';

export const commandGroups = ['go', 'here', 'pictures', 'page'] as const;
export type CommandGroup = (typeof commandGroups)[number];

export interface Command {
  /** Names it among those of its view. */
  id: string;
  group: CommandGroup;
  title: string;
  /** See `keys.ts`. */
  keys?: string;
  /** Not in the palette: a command that means something only under the keys. */
  keysOnly?: boolean;
  run(): void;
}

const sources = new Map<symbol, () => readonly Command[]>();
const listeners = new Set<() => void>();
let version = 0;

function changed(): void {
  version += 1;
  for (const listener of listeners) listener();
}

/** All commands that mean something now, the latest view's first. */
export const currentCommands = (): Command[] => [...sources.values()].reverse().flatMap((commands) => commands());

export function useCurrentCommands(): Command[] {
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => version,
  );
  return currentCommands();
}

/** Offers `commands` while the calling component is there. */
export function useCommands(commands: readonly Command[]): void {
  const latest = useRef(commands);
  useLayoutEffect(() => {
    latest.current = commands;
  });
  const [source] = useState(() => Symbol('commands'));
  useEffect(() => {
    sources.set(source, () => latest.current);
    changed();
    return () => {
      sources.delete(source);
      changed();
    };
  }, [source]);
}

/** The second key of a pair follows within this time. */
const pairMs = 900;

/** Runs commands by their keys while mounted. A dialog that is open keeps its keys to itself. */
export function useCommandKeys(): void {
  useEffect(() => {
    let first = '';
    let forgetting: ReturnType<typeof setTimeout> | undefined;

    function onKeyDown(event: KeyboardEvent): void {
      if (event.defaultPrevented || event.isComposing) return;
      const name = nameOf(event);
      const target = event.target as HTMLElement;
      const typing = target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
      const box = target instanceof HTMLInputElement && /^(checkbox|radio|range|button)$/.test(target.type);
      if (typing && !box && belongsToField(name)) return;
      if (document.querySelector('dialog[open]') && name !== 'mod+k') return;
      const commands = currentCommands();
      const command =
        (first && commands.find(({ keys }) => keys === `${first} ${name}`)) ||
        commands.find(({ keys }) => keys === name);
      clearTimeout(forgetting);
      first = '';
      if (command) {
        event.preventDefault();
        return command.run();
      }
      if (commands.some(({ keys }) => keys?.startsWith(`${name} `))) {
        first = name;
        forgetting = setTimeout(() => (first = ''), pairMs);
      }
    }

    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}
