/** The page's places. Each view is a chunk of its own, fetched when a link to it is pointed at. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, notFound } from '@tanstack/react-router';
import { FarmPage } from './farm/farm-page.js';
import { Failure } from './ui/blank.js';
import { PageHead } from './ui/page.js';
import { Shell } from './ui/shell.js';
import { t } from './texts/texts.js';
import {
  CompareSearch,
  FarmSearch,
  GallerySearch,
  JobSearch,
  JobsSearch,
  ModelsSearch,
  NewJobSearch,
  NodeSearch,
  PictureSearch,
  PlaySearch,
} from './url/search.js';

function NotFound() {
  return <PageHead title={t.ui.noPage} note={t.ui.noPageHelp} />;
}

const root = createRootRoute({ component: Shell });

const farm = createRoute({ getParentRoute: () => root, path: '/', validateSearch: FarmSearch, component: FarmPage });

const jobs = createRoute({
  getParentRoute: () => root,
  path: '/jobs',
  validateSearch: JobsSearch,
  component: lazyRouteComponent(() => import('./jobs/jobs-page.js'), 'JobsPage'),
});

const newJob = createRoute({
  getParentRoute: () => root,
  path: '/jobs/new',
  validateSearch: NewJobSearch,
  component: lazyRouteComponent(() => import('./submit/new-job-page.js'), 'NewJobPage'),
});

const job = createRoute({
  getParentRoute: () => root,
  path: '/jobs/$jobId',
  validateSearch: JobSearch,
  component: lazyRouteComponent(() => import('./job/job-page.js'), 'JobPage'),
});

const gallery = createRoute({
  getParentRoute: () => root,
  path: '/pictures',
  validateSearch: GallerySearch,
  component: lazyRouteComponent(() => import('./gallery/gallery-page.js'), 'GalleryPage'),
});

const picture = createRoute({
  getParentRoute: () => root,
  path: '/pictures/$jobId/$index',
  params: {
    parse: ({ jobId, index }) => {
      if (!/^\d{1,8}$/.test(index)) throw notFound();
      return { jobId, index: Number(index) };
    },
    stringify: ({ jobId, index }) => ({ jobId, index: String(index) }),
  },
  validateSearch: PictureSearch,
  component: lazyRouteComponent(() => import('./picture/picture-page.js'), 'PicturePage'),
});

const node = createRoute({
  getParentRoute: () => root,
  path: '/nodes/$nodeId',
  validateSearch: NodeSearch,
  component: lazyRouteComponent(() => import('./node/node-page.js'), 'NodePage'),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: '/compare',
  validateSearch: CompareSearch,
  component: lazyRouteComponent(() => import('./compare/compare-page.js'), 'ComparePage'),
});

const play = createRoute({
  getParentRoute: () => root,
  path: '/play',
  validateSearch: PlaySearch,
  component: lazyRouteComponent(() => import('./play/play-page.js'), 'PlayPage'),
});

const join = createRoute({
  getParentRoute: () => root,
  path: '/join',
  component: lazyRouteComponent(() => import('./join/join-page.js'), 'JoinPage'),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings/settings-page.js'), 'SettingsPage'),
});

const models = createRoute({
  getParentRoute: () => root,
  path: '/models',
  validateSearch: ModelsSearch,
  component: lazyRouteComponent(() => import('./models/models-page.js'), 'ModelsPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([farm, node, jobs, newJob, job, gallery, picture, compare, play, models, join, settings]),
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: ({ error }) => (
    <Failure what={t.things.view} error={error as Error} retry={() => window.location.reload()} />
  ),
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
