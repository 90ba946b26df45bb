/** Names inside a zip of pictures of several jobs: a folder per job, and no name twice. */

/** What file systems take everywhere. */
export const safeName = (name: string): string => name.replaceAll(/[^\p{L}\p{N} ._-]/gu, '_').slice(0, 100) || '_';

/** Gives each picture its name; call it once per picture. */
export function archiveNames(): (picture: { jobId: string; jobName: string; file: string }) => string {
  const folders = new Map<string, string>();
  const taken = new Set<string>();
  return ({ jobId, jobName, file }) => {
    let folder = folders.get(jobId);
    if (folder === undefined) {
      const wanted = safeName(jobName);
      folder = taken.has(wanted) ? `${wanted} ${jobId}` : wanted;
      taken.add(folder);
      folders.set(jobId, folder);
    }
    return `${folder}/${file}`;
  };
}
