/**
 * Names the rules by which this engine turns a request into pixels. It stands in every picture's text and grows whenever
 * the same request could give other pixels.
 */
export const ENGINE_BUILD = '3';
