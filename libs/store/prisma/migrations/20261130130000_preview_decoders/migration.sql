-- Decoders that show latents while pictures are drawn.
ALTER TABLE models DROP CONSTRAINT models_kind_check;
ALTER TABLE models ADD CONSTRAINT models_kind_check CHECK (
  kind IN ('checkpoint', 'lora', 'vae', 'controlnet', 't2i-adapter', 'embedding', 'upscaler', 'motion', 'safety-checker',
           'ip-adapter', 'image-encoder', 'face-restorer', 'face-detector', 'preview-decoder')
);
