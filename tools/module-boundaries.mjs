// Holds the arrows of the house: who may import whom, by the tags in each package.json, on the graph that Nx reads
// from the code and the manifests. Prints every forbidden arrow and exits 1 if there is one.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const mayDependOn = {
  'type:contracts': [],
  'type:diffusion': [],
  'type:scheduling': [],
  'type:batch': ['type:contracts'],
  'type:lib': ['type:contracts', 'type:lib'],
  'type:app': ['type:contracts', 'type:diffusion', 'type:scheduling', 'type:batch', 'type:lib'],
  'type:page': ['type:contracts'],
  'type:cli': ['type:contracts', 'type:diffusion', 'type:batch', 'type:lib', 'type:app'],
  'type:tests': [
    'type:contracts',
    'type:diffusion',
    'type:scheduling',
    'type:batch',
    'type:lib',
    'type:app',
    'type:cli',
  ],
};

const root = join(import.meta.dirname, '..');
const graphFile = join(root, '.nx', 'graph.json');
execFileSync(join(root, 'node_modules', '.bin', 'nx'), ['graph', `--file=${graphFile}`], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
  shell: process.platform === 'win32',
});
const { nodes, dependencies } = JSON.parse(readFileSync(graphFile, 'utf8')).graph;
const tagOf = (name) => nodes[name].data.tags.find((tag) => tag.startsWith('type:'));

const forbidden = [];
for (const [name, arrows] of Object.entries(dependencies)) {
  if (!nodes[name] || !tagOf(name)) continue;
  for (const { target } of arrows) {
    if (!nodes[target]) continue;
    if (!mayDependOn[tagOf(name)].includes(tagOf(target)))
      forbidden.push(`${name} (${tagOf(name)}) -> ${target} (${tagOf(target)})`);
  }
}
if (forbidden.length > 0) {
  console.error(`module boundaries: ${forbidden.length} forbidden\n  ${forbidden.join('\n  ')}`);
  process.exit(1);
}
console.log(`module boundaries: ${Object.keys(nodes).length} projects, every arrow points down`);
