import './no-eval.js';
import './look/mantine.css';
import './look/tokens.css';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { CallError } from './api/client.js';
import { readFarm } from './farm/first-reads.js';
import { createLive, LiveProvider } from './live/live.js';
import { theme, variables } from './look/theme.js';
import { router } from './router.js';
import { afterPaint } from './ui/after-paint.js';
import { loadTexts } from './texts/texts.js';

const worthRetrying = (error: Error) => error instanceof CallError && (error.status === null || error.status >= 500);

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // Events keep what was read fresh; a gap in them marks all of it as old.
      staleTime: Infinity,
      refetchOnWindowFocus: false,
      // A farm on this machine or in the house needs no internet: the browser's word on that does not count.
      networkMode: 'always',
      retry: (failures, error) => failures < 2 && worthRetrying(error),
    },
    mutations: { networkMode: 'always' },
  },
});

const live = createLive(client);
await Promise.all([loadTexts(), location.pathname === '/' && readFarm(client)]);

createRoot(document.getElementById('page')!).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="dark">
      <QueryClientProvider client={client}>
        <LiveProvider live={live}>
          <RouterProvider router={router} />
        </LiveProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);

// The events, and the previews that nodes make while somebody follows them, wait until the first picture of the page stands.
afterPaint(live.connect);
