/** Keys at rest: encrypted with ATELIER_SECRET or with a file that only its owner can read. */
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { AtelierError } from '@atelier/contracts';

const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;

const derive = (secret: string, salt: Uint8Array) => scryptSync(secret, salt, 32);

/** Encrypts with AES-256-GCM under scrypt(secret): salt, nonce, tag and ciphertext in one base64 text. */
export function wrapKey(plain: Uint8Array, secret: string): string {
  const salt = randomBytes(saltBytes);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', derive(secret, salt), nonce);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([salt, nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

/** @throws AtelierError `unauthenticated` where the secret is not the one that wrapped the key. */
export function unwrapKey(wrapped: string, secret: string): Uint8Array {
  const bytes = Buffer.from(wrapped, 'base64');
  const salt = bytes.subarray(0, saltBytes);
  const nonce = bytes.subarray(saltBytes, saltBytes + nonceBytes);
  const tag = bytes.subarray(saltBytes + nonceBytes, saltBytes + nonceBytes + tagBytes);
  const sealed = bytes.subarray(saltBytes + nonceBytes + tagBytes);
  try {
    const decipher = createDecipheriv('aes-256-gcm', derive(secret, salt), nonce, { authTagLength: tagBytes });
    decipher.setAuthTag(tag);
    return new Uint8Array(Buffer.concat([decipher.update(sealed), decipher.final()]));
  } catch {
    throw new AtelierError(
      'unauthenticated',
      'The stored keys of this farm were wrapped with another ATELIER_SECRET or secret file.',
    );
  }
}

/**
 * The secret that wraps keys: `ATELIER_SECRET` where it is set, else a file with 32 random bytes, made at first use.
 * @throws AtelierError `permission_denied` where others than the owner can read the file.
 */
export function wrappingSecret(file: string, environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.ATELIER_SECRET) return environment.ATELIER_SECRET;
  createOnce(file, randomBytes(32).toString('base64'));
  const mode = statSync(file).mode & 0o777;
  // Windows keeps no such bits; the user's profile folder guards the file there.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new AtelierError(
      'permission_denied',
      `${file} must be readable by its owner only (mode 0600), but its mode is 0${mode.toString(8)}.`,
    );
  return readFileSync(file, 'utf8').trim();
}

// A hard link appears with its whole content or not at all, and never replaces: of two processes one wins.
function createOnce(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}
