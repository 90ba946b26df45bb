export { lockFolder } from './folder-lock.js';
export { waitForFolder, type WaitOptions } from './wait-for-folder.js';
