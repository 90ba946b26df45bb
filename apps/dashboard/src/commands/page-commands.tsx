/** The commands that mean something everywhere, with the palette and the sheet that show them. */
import { useMantineColorScheme } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../texts/texts.js';
import { Palette } from './palette.js';
import { useCommandKeys, useCommands, type Command } from './registry.js';
import { ShortcutsSheet } from './shortcuts-sheet.js';

export const openPalette = { current: () => {} };

export function PageCommands() {
  const [open, setOpen] = useState<'palette' | 'sheet' | null>(null);
  const navigate = useNavigate();
  const { toggleColorScheme } = useMantineColorScheme();
  openPalette.current = () => setOpen('palette');
  const go = (
    id: string,
    keys: string,
    to: '/' | '/jobs' | '/pictures' | '/models' | '/jobs/new' | '/play' | '/join' | '/settings',
    title: string,
  ): Command => ({
    id,
    keys,
    group: 'go',
    title,
    run: () => void navigate({ to }),
  });
  useCommandKeys();
  useCommands([
    go('farm', 'g f', '/', t.places.farm),
    go('jobs', 'g j', '/jobs', t.places.jobs),
    go('pictures', 'g p', '/pictures', t.places.gallery),
    go('models', 'g m', '/models', t.places.models),
    go('new', 'n', '/jobs/new', t.places.newJob),
    go('play', 'g d', '/play', t.places.play),
    go('join', 'g a', '/join', t.places.join),
    go('settings', 'g s', '/settings', t.places.settings),
    {
      id: 'palette',
      keys: 'mod+k',
      group: 'page',
      title: t.commands.palette,
      keysOnly: true,
      run: () => setOpen('palette'),
    },
    { id: 'sheet', keys: '?', group: 'page', title: t.commands.shortcuts, run: () => setOpen('sheet') },
    { id: 'colours', keys: 'shift+l', group: 'page', title: t.commands.colours, run: toggleColorScheme },
  ]);
  if (open === 'palette') return <Palette onClose={() => setOpen(null)} />;
  if (open === 'sheet') return <ShortcutsSheet onClose={() => setOpen(null)} />;
  return null;
}
