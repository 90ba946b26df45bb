import { fault } from '../document/faults.js';

/** Most bytes of an image that stands in a batch itself; larger ones are uploaded. */
export const maximumDataUriBytes = 8 * 2 ** 20;

/** Whether an image is written as its content. */
export const isDataUri = (name: string): boolean => /^data:/i.test(name);

/** The content of a `data:image/...;base64,` URI. Throws `invalid_batch` naming `place` for any other, and for one that is too large. */
export function readDataUri(uri: string, place: string): { mediaType: string; bytes: Buffer<ArrayBuffer> } {
  const comma = uri.indexOf(',');
  const head = /^data:(image\/[a-z]+);base64$/i.exec(uri.slice(0, comma < 0 ? 0 : comma))?.[1];
  const text = uri.slice(comma + 1);
  if (head === undefined || !/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text)) {
    throw fault(place, 'is a data URI that is not read here; write data:image/png;base64, and the content.');
  }
  if (text.length > (maximumDataUriBytes * 4) / 3 + 4) {
    throw fault(place, `is a data URI of more than ${maximumDataUriBytes} bytes; upload the image and name its hash.`);
  }
  return { mediaType: head.toLowerCase(), bytes: Buffer.from(text, 'base64') };
}
