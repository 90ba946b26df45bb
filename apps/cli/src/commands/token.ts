import { connect, type CommonOptions } from '../client/connect.js';
import type { Define } from './list.js';

export const define: Define = (command) =>
  command
    .addHelpText(
      'after',
      '\nThe token is shown once and joins one agent:\n  ATELIER_JOIN_TOKEN=... atelier agent --join HOST:PORT',
    )
    .action(async (options: CommonOptions) => {
      const { client, output } = connect(options);
      const token = await client.createToken();
      output.note(`Good until ${new Date(token.expiresAt).toLocaleString()}.`);
      output.answer(token, () => token.token);
    });
