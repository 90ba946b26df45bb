/**
 * Every text of the page, in the language that was chosen before the page began: English, or Chinese from a chunk of
 * its own. Read `t` where something is drawn, never when a module is loaded.
 */
import { en } from './en.js';

type Widened<T> = {
  [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...values: infer V) => string
      ? (...values: V) => string
      : Widened<T[K]>;
};
/** The catalogue's form: what is missing in a language does not compile. */
export type Texts = Widened<typeof en>;

export const languages = { en: 'English', zh: '中文' } as const;
export type Language = keyof typeof languages;

export const t: Texts = { ...en };

const storedAs = 'atelier-language';

/** The language that was chosen, else the browser's if there is a catalogue for it. */
export function language(): Language {
  const chosen = stored() ?? navigator.language.slice(0, 2);
  return chosen in languages ? (chosen as Language) : 'en';
}

function stored(): string | null {
  try {
    return localStorage.getItem(storedAs);
  } catch {
    return null; // A browser that keeps nothing.
  }
}

/** Puts the catalogue of the chosen language in place; call it before anything is drawn. */
export async function loadTexts(): Promise<void> {
  document.documentElement.lang = language() === 'zh' ? 'zh-CN' : 'en';
  if (language() === 'zh') Object.assign(t, (await import('./zh.js')).zh);
}

/** The page begins again in `next`, at the place where it is: all that it shows stands in its address. */
export function chooseLanguage(next: Language): void {
  localStorage.setItem(storedAs, next);
  location.reload();
}
