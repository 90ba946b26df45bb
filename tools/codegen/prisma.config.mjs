import { defineConfig } from 'prisma/config';

// `prisma generate` never starts the schema engine but insists on finding its file; any file will do, and none is fetched.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;
process.env.CHECKPOINT_DISABLE ??= '1';

export default defineConfig({
  schema: '../../libs/store/prisma/schema.prisma',
  datasource: { url: 'postgresql://unused@127.0.0.1:1/unused' },
});
