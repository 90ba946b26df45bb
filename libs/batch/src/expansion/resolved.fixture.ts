/** Models for tests: any name is known. */
import type { ResolvedReferences } from './types.js';

/** A map that knows every name; a name `x=y` is another name for `y`. */
class Everything<T> extends Map<string, T> {
  constructor(private readonly make: (name: string) => T) {
    super();
  }
  override get(name: string): T {
    return this.make(name.split('=').at(-1)!);
  }
}

export const resolvedModel = (name: string) => ({ name, sha256: `sha256 of ${name}` });

export const resolved = (more: Partial<ResolvedReferences> = {}): ResolvedReferences => ({
  models: new Everything((name) => ({ ...resolvedModel(name), defaultWidth: 128, defaultHeight: 96 })),
  loras: new Everything(resolvedModel),
  vaes: new Everything(resolvedModel),
  controls: new Everything((name) => ({ ...resolvedModel(name), kind: 'controlnet' })),
  embeddings: new Everything(resolvedModel),
  upscalers: new Everything((name) => ({ ...resolvedModel(name), scale: 4 })),
  motions: new Everything(resolvedModel),
  ipAdapters: new Everything(resolvedModel),
  imageEncoders: new Everything(resolvedModel),
  faceRestorers: new Everything(resolvedModel),
  faceDetectors: new Everything(resolvedModel),
  images: new Everything((name) => ({ sha256: `sha256 of ${name}`, width: 128, height: 96 })),
  seedBase: 7,
  ...more,
});
