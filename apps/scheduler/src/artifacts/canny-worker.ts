/** A thread that finds the edges of one picture, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { canny, type Raster } from '@atelier/diffusion';

/** What the thread is started with. */
export interface CannyWork {
  picture: Raster;
  low: number;
  high: number;
}

const { picture, low, high } = workerData as CannyWork;
parentPort!.postMessage(canny(picture, low, high));
