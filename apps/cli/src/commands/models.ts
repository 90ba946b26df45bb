import type { ModelView } from '@atelier/contracts/rest';
import { all } from '../client/client.js';
import { connect, type CommonOptions } from '../client/connect.js';
import { bytes } from '../output/format.js';
import { table } from '../output/table.js';
import type { Define } from './list.js';
import { define as defineImport } from './models-import.js';

export const define: Define = (command) => {
  defineImport(command.command('import'));
  command.action(async (options: CommonOptions) => {
    const { client, output } = connect(options);
    const models = await all(client.models());
    output.answer(models, () =>
      models.length === 0
        ? 'No models. ATELIER_MODELS names the folders in which the farm looks for them.'
        : table<ModelView>(
            [
              { title: 'NAME', value: ({ name }) => name },
              { title: 'KIND', value: ({ kind }) => kind },
              { title: 'ARCHITECTURE', value: ({ architecture }) => architecture },
              { title: 'SIZE', align: 'right', value: (model) => bytes(model.bytes) },
              { title: 'PICTURES', align: 'right', value: ({ defaultSize }) => defaultSize },
              { title: 'SHA-256', value: ({ sha256 }) => sha256.slice(0, 12) },
            ],
            models,
          ),
    );
  });
};
