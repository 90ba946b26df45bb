/** A process and the folder that it keeps its data in: who has it, and who waits. What lies in the folder is for its owner to know. */
export { lockFolder } from './folder-lock.js';
export { waitForFolder, type WaitOptions } from './wait-for-folder.js';
