import { t } from '../texts/texts.js';
import { Dialog } from '../ui/dialog.js';
import { KeySigns } from './key-signs.js';
import { commandGroups, currentCommands } from './registry.js';
import styles from './shortcuts-sheet.module.css';

/** `?`: the shortcuts that mean something here, from the registry. */
export function ShortcutsSheet({ onClose }: { onClose: () => void }) {
  const commands = currentCommands().filter(({ keys }) => keys !== undefined);
  return (
    <Dialog title={t.commands.shortcuts} onClose={onClose} wide>
      <div className={styles.groups}>
        {commandGroups.map((group) => {
          const here = commands.filter((command) => command.group === group);
          return (
            here.length > 0 && (
              <section key={group}>
                <h3>{t.commands.groups[group]}</h3>
                <dl>
                  {here.map(({ id, title, keys }) => (
                    <div key={id} className={styles.line}>
                      <dt>{title}</dt>
                      <dd>
                        <KeySigns keys={keys!} />
                      </dd>
                    </div>
                  ))}
                </dl>
              </section>
            )
          );
        })}
      </div>
    </Dialog>
  );
}
