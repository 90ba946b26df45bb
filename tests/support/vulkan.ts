/** Vulkan that computes on the CPU, so that the engine's way through a GPU provider is tested on any machine. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianProgram } from './debian.js';

const run = promisify(execFile);

/** Mesa's lavapipe: it computes in half precision as well. Dawn refuses releases before 23. */
const OLDEST_MESA = 23;
const SYSTEM_MANIFESTS = ['lvp_icd.x86_64.json', 'lvp_icd.json'].map((name) => `/usr/share/vulkan/icd.d/${name}`);
const LOADER = '/usr/lib/x86_64-linux-gnu/libvulkan.so.1';
/** What is fetched is kept for the next run. */
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'atelier-tests', 'lavapipe');

/**
 * The environment in which programs see no Vulkan device but lavapipe. Where the system's Mesa is too old, that of Debian's
 * backports is unpacked beside it, without being installed. Throws one sentence where neither can be had.
 */
export async function softwareVulkan(): Promise<{ VK_DRIVER_FILES: string; VK_ICD_FILENAMES: string }> {
  await debianProgram('libvulkan1', () => (existsSync(LOADER) ? LOADER : null));
  const manifest = (await systemManifest()) ?? (await fetchedManifest());
  // The second is the name that older loaders know.
  return { VK_DRIVER_FILES: manifest, VK_ICD_FILENAMES: manifest };
}

async function systemManifest(): Promise<string | null> {
  const manifest = SYSTEM_MANIFESTS.find(existsSync);
  if (!manifest) return null;
  const { stdout } = await run('dpkg-query', ['-W', '-f=${Version}', 'mesa-vulkan-drivers']).catch(() => ({
    stdout: '',
  }));
  return Number.parseInt(stdout, 10) >= OLDEST_MESA ? manifest : null;
}

async function fetchedManifest(): Promise<string> {
  const manifest = join(CACHE, 'lavapipe.json');
  if (existsSync(manifest)) return manifest;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(
      `The GPU tests need Mesa ${OLDEST_MESA} or newer with lavapipe: install mesa-vulkan-drivers, on Debian 12 that of bookworm-backports.`,
    );
  }
  const draft = `${CACHE}.${process.pid}`;
  try {
    // Mesa's libraries come with the release that the system has of it.
    await debianProgram('mesa-vulkan-drivers', () => SYSTEM_MANIFESTS.find(existsSync) ?? null);
    await unpackFromBackports(draft);
    const library = join(CACHE, 'usr/lib/x86_64-linux-gnu/libvulkan_lvp.so');
    const text = readFileSync(join(draft, 'usr/share/vulkan/icd.d/lvp_icd.json'), 'utf8');
    const { ICD, ...rest } = JSON.parse(text) as { ICD: object };
    writeFileSync(join(draft, 'lavapipe.json'), JSON.stringify({ ...rest, ICD: { ...ICD, library_path: library } }));
    rmSync(CACHE, { recursive: true, force: true });
    renameSync(draft, CACHE);
    return manifest;
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(`Mesa with lavapipe could not be had: ${(stderr || message).trim().split('\n').at(-1)}`, {
      cause: error,
    });
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Unpacks the newer Mesa into a folder. apt works in that folder alone, so that the system's lists stay as they are. */
async function unpackFromBackports(folder: string): Promise<void> {
  const codename = /^VERSION_CODENAME=(.+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'bookworm';
  const mirror = /^(?:URIs:|deb(?: \[.*\])?) +(https?:\/\/\S+)/m.exec(debianSources())?.[1];
  if (!mirror) throw new Error('no source of Debian packages is configured');
  for (const place of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, place), { recursive: true });
  const sources = join(folder, 'sources.list');
  const key = '/usr/share/keyrings/debian-archive-keyring.gpg';
  writeFileSync(sources, `deb [signed-by=${key}] ${mirror} ${codename}-backports main\n`);
  const settings = {
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '-',
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': 'root',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const options = { cwd: folder, timeout: 180_000 };
  await run('apt-get', [...flags, 'update'], options);
  await run('apt-get', [...flags, 'download', `mesa-vulkan-drivers/${codename}-backports`], options);
  await run('sh', ['-c', 'dpkg -x mesa-vulkan-drivers_*.deb . && rm -rf *.deb lists cache sources.list'], options);
}

function debianSources(): string {
  const files = ['/etc/apt/sources.list', '/etc/apt/sources.list.d/debian.sources'];
  return files.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')).join('\n');
}
