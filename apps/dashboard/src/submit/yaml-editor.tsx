/** The batch's text in an editor that knows the format: colours, completion from the schema, faults where they are. */
import {
  autocompletion,
  closeBrackets,
  completionKeymap,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { Compartment, EditorState } from '@codemirror/state';
import { EditorView, hoverTooltip, keymap, lineNumbers, type ViewUpdate } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';
import { t } from '../texts/texts.js';
import { namesAt, type NamesByField } from './model-names.js';
import { aboutAt, keysAt, pathAt, valuesAt, type Schema } from './schema.js';
import styles from './yaml-editor.module.css';

export interface Fault {
  from: number;
  to: number;
  message: string;
}

interface YamlEditorProps {
  text: string;
  onChange: (text: string) => void;
  schema: Schema | undefined;
  /** Names that a key takes although the schema does not know them: of models, of LoRAs. */
  names: NamesByField;
  fault: Fault | null;
  onSubmit: () => void;
}

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--work)' },
  { tag: tags.string, color: 'var(--good)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--wait)' },
  { tag: tags.comment, color: 'var(--ink-faint)' },
  { tag: tags.punctuation, color: 'var(--ink-soft)' },
]);

export function YamlEditor(props: YamlEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const editor = new EditorView({
      parent: place.current!,
      state: EditorState.create({ doc: latest.current.text, extensions: extensions(latest) }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, []);

  // A change of the form comes in as a change of what differs, so that the cursor stays.
  useEffect(() => {
    const editor = view.current;
    const before = editor?.state.doc.toString() ?? '';
    if (!editor || before === props.text) return;
    let from = 0;
    while (from < before.length && before[from] === props.text[from]) from += 1;
    let tail = 0;
    while (
      tail < before.length - from &&
      tail < props.text.length - from &&
      before.at(-1 - tail) === props.text.at(-1 - tail)
    )
      tail += 1;
    editor.dispatch({
      changes: { from, to: before.length - tail, insert: props.text.slice(from, props.text.length - tail) },
    });
  }, [props.text]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const end = editor.state.doc.length;
    const { fault } = props;
    const found: Diagnostic[] = fault
      ? [
          {
            from: Math.min(fault.from, end),
            to: Math.min(Math.max(fault.to, fault.from), end),
            severity: 'error',
            message: fault.message,
          },
        ]
      : [];
    editor.dispatch(setDiagnostics(editor.state, found));
  }, [props.fault, props.text]);

  return <div ref={place} className={styles.editor} />;
}

const label = new Compartment();

function extensions(latest: { readonly current: YamlEditorProps }) {
  return [
    lineNumbers(),
    history(),
    bracketMatching(),
    closeBrackets(),
    indentUnit.of('  '),
    yaml(),
    syntaxHighlighting(colours),
    EditorView.lineWrapping,
    label.of(EditorView.contentAttributes.of({ 'aria-label': t.newJob.yaml })),
    keymap.of([
      { key: 'Mod-Enter', run: () => (latest.current.onSubmit(), true) },
      ...completionKeymap,
      ...historyKeymap,
      ...defaultKeymap,
    ]),
    autocompletion({ override: [(context) => complete(context, latest.current)], icons: false }),
    hoverTooltip((view, position) => {
      const line = view.state.doc.lineAt(position);
      const { above, key } = pathAt(view.state.doc.toString().split('\n'), line.number - 1, position - line.from);
      const about = key === null || !latest.current.schema ? '' : aboutAt(latest.current.schema, [...above, key]);
      if (about === '') return null;
      const dom = Object.assign(document.createElement('p'), { textContent: about, className: styles.about });
      return { pos: position, create: () => ({ dom }) };
    }),
    EditorView.updateListener.of((update: ViewUpdate) => {
      if (update.docChanged) latest.current.onChange(update.state.doc.toString());
    }),
  ];
}

function complete(context: CompletionContext, { schema, names }: YamlEditorProps): CompletionResult | null {
  if (!schema) return null;
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const lines = context.state.doc.toString().split('\n');
  const { above, key } = pathAt(lines, line.number - 1, before.length);

  const value = /^\s*(?:- +)*["']?([\w-]+)["']? *:\s+([^\s,[\]{}]*)$/.exec(before);
  if (value && key !== null) {
    const words = [...valuesAt(schema, [...above, key]), ...namesAt(names, [...above, key])];
    return words.length === 0
      ? null
      : {
          from: context.pos - value[2]!.length,
          options: words.map((word) => ({ label: word })),
          validFor: /^[^\s,]*$/,
        };
  }
  const word = /[\w-]*$/.exec(before)![0];
  if (word === '' && !context.explicit) return null;
  const items = /^\s*- +[^:]*$/.test(before) ? [...valuesAt(schema, above), ...namesAt(names, above)] : [];
  if (items.length > 0) return { from: context.pos - word.length, options: items.map((label) => ({ label })) };
  const options = keysAt(schema, above).map(
    ({ key: label, about }) => ({ label, info: about || undefined, apply: `${label}: ` }) as const,
  );
  return options.length === 0
    ? null
    : {
        from: context.pos - word.length,
        options: options.map(({ info, ...rest }) => (info ? { ...rest, info } : rest)),
        validFor: /^[\w-]*$/,
      };
}
