import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { errorCatalogue } from '@atelier/contracts';
import { version } from '../version.js';

const codes = Object.entries(errorCatalogue)
  .map(([code, { http, when, remedy }]) => `- \`${code}\` (${http}): ${when} ${remedy}`)
  .join('\n');

/** The description of the REST interface, from the same schemas that check requests and answers. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Atelier')
    .setVersion(version)
    .setDescription(
      `A render farm for Stable Diffusion. Errors are RFC 9457 problem documents with a \`code\`:\n\n${codes}`,
    )
    .build();
  return SwaggerModule.createDocument(app, config);
}
