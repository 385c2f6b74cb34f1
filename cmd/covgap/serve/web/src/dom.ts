// A little help with making elements.

type Child = Node | string | number | null | undefined | false;
type Props = Record<string, string | number | boolean | null | undefined | ((e: never) => void)>;

/** Makes an element. Properties that begin with "on" are listeners; false and null leave one out. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const e = document.createElement(tag);
  apply(e, props, children);
  return e;
}

/** The same for SVG. */
export function s<K extends keyof SVGElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  const e = document.createElementNS('http://www.w3.org/2000/svg', tag);
  apply(e, props, children);
  return e;
}

function apply(e: Element, props: Props, children: Child[]): void {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') e.addEventListener(name.slice(2), value as EventListener);
    else e.setAttribute(name, value === true ? '' : String(value));
  }
  for (const c of children) if (c !== null && c !== undefined && c !== false) e.append(typeof c === 'number' ? String(c) : c);
}

/** Empties an element and fills it anew. */
export function fill(e: Element, ...children: Child[]): void {
  e.replaceChildren(...children.filter((c): c is Node | string | number => c !== null && c !== undefined && c !== false).map((c) => (typeof c === 'number' ? String(c) : c)));
}

/** A select of [value, text] pairs. */
export function select(label: string, value: string, options: [string, string][], change: (v: string) => void): HTMLSelectElement {
  const e = h('select', {'aria-label': label, onchange: () => change(e.value)}, ...options.map(([v, text]) => h('option', {value: v, selected: v === value}, text)));
  return e;
}

export function button(text: string, click: () => void, props: Props = {}): HTMLButtonElement {
  return h('button', {type: 'button', onclick: click, ...props}, text);
}
