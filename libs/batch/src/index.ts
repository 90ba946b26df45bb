/** The batch specification: schema, expansion into tasks, render classes, file names and the text inside pictures. */
export { canonicalText, checkBatch, parseBatch } from './document/parse.js';
export { nearest } from './document/nearest.js';
export { EXPANSION_VERSION, expand, nameOf, projectOf } from './expansion/expand.js';
export { assetsOf, modelsOf } from './expansion/request-parts.js';
export { renderKeys, type RenderKeys } from './expansion/keys.js';
export { references, type References } from './expansion/references.js';
export type * from './expansion/types.js';
export { purposes } from './expansion/types.js';
export { isDataUri, maximumDataUriBytes, readDataUri } from './images/data-uri.js';
export { imagesOf, withImages, withTableImages, type ImageUse } from './images/images.js';
export { maximumClasses, maximumTasks } from './limits.js';
export { pictureText, type PictureSettings, type PictureText } from './output/picture-text.js';
export { mostOnSheet, usualAxes, type SheetPlan } from './output/sheets.js';
export { readPromptTable, type PromptRow, type PromptTable } from './prompts/table.js';
export { batchJsonSchema, type Batch } from './schema/batch.js';
export { priorityOf } from './schema/priority.js';
export { samplerNames, samplers, schedules, type SamplerName, type Schedule } from './schema/samplers.js';
export { maximumSeed, settingDefaults, type Settings } from './schema/settings.js';
