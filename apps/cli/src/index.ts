/** The command line of Atelier. */
export { main } from './main.js';
