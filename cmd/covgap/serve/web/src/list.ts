// The list of villages: the page's home. Rows are reached by mouse and keyboard, and each
// is the same thing as its mark on the map.

import {isDeclaredGap, isGap, type App, type Part} from './app';
import {button, fill, h, select} from './dom';
import type {State} from './state';
import {fold, num, t, word, type Key} from './strings';
import type {Village} from './types';

const page = 30; // rows shown at once: more when the last comes into view

type Sort = {id: string; text: Key; value: (v: Village) => string | number | null};

/** A column, sorted by what stands first in it or by what stands under that. */
type Column = Sort & {numeric: boolean; under?: Sort};

const classOrder = {none: 0, weak: 1, served: 2, not_counted: 3};

const columns: Column[] = [
  {
    id: 'name', text: 'col_village', value: (v) => v.name ?? v.village_id, numeric: false,
    under: {id: 'commune', text: 'col_commune', value: (v) => v.commune ?? v.commune_code},
  },
  {id: 'people_unserved', text: 'col_people', value: (v) => v.people_unserved, numeric: true},
  {id: 'households', text: 'col_households', value: (v) => v.households, numeric: true},
  {id: 'grid_power', text: 'col_power', value: (v) => (v.grid_power === null ? null : Number(v.grid_power)), numeric: false},
  {
    id: 'class', text: 'col_class', value: (v) => classOrder[v.class], numeric: false,
    under: {id: 'declared', text: 'col_declared', value: (v) => (v.declared_status ? classOrder[v.declared_status] : null)},
  },
  {id: 'cause', text: 'col_cause', value: (v) => (v.cause ? word(v.cause) : null), numeric: false},
];

/** The villages that the filters let through, in order. */
export function listed(villages: Village[], s: State): Village[] {
  const words = fold(s.text).split(/\s+/).filter((w) => w !== '');
  const out = villages.filter((v) => {
    const shown =
      s.show === 'all' || (s.show === 'computed' && isGap(v)) || (s.show === 'declared' && isDeclaredGap(v)) ||
      (s.show === 'gaps' && (isGap(v) || isDeclaredGap(v))) || (s.show === 'disagree' && v.declared_status !== null && isGap(v) !== isDeclaredGap(v));
    if (!shown) return false;
    if (s.commune && v.commune_code !== s.commune) return false;
    if (s.cause && v.cause !== s.cause) return false;
    if (s.power && v.grid_power !== (s.power === 'yes')) return false;
    if (s.certainty && v.certainty !== s.certainty) return false;
    const text = fold(`${v.name ?? ''} ${v.commune ?? ''} ${v.village_id}`);
    return words.every((w) => text.includes(w));
  });
  const down = s.sort.startsWith('-');
  const column = columns.flatMap((c): Sort[] => (c.under ? [c, c.under] : [c])).find((c) => c.id === s.sort.replace('-', '')) ?? columns[1]!;
  const order = new Intl.Collator('vi');
  return out.sort((a, b) => {
    const x = column.value(a);
    const y = column.value(b);
    // What is not known comes last, whatever the order.
    if (x === null || y === null) return x === y ? order.compare(a.village_id, b.village_id) : x === null ? 1 : -1;
    const by = typeof x === 'number' && typeof y === 'number' ? x - y : order.compare(String(x), String(y));
    return (down ? -by : by) || order.compare(a.village_id, b.village_id);
  });
}

export class List implements Part {
  readonly element = h('section', {class: 'list', 'aria-label': t('list_title')});
  private readonly app: App;
  private readonly body = h('tbody');
  private readonly head = h('tr');
  private readonly count = h('p', {class: 'count', 'aria-live': 'polite'});
  private readonly more = h('div', {class: 'more'});
  private readonly filters = h('div', {class: 'filters'});
  private readonly reset = h('span', {class: 'reset'});
  private rows: Village[] = [];
  private shown = page;

  constructor(app: App) {
    this.app = app;
    const table = h('table', {role: 'grid', 'aria-label': t('list_title'), class: 'villages', onkeydown: (e: KeyboardEvent) => this.key(e)}, h('thead', {}, this.head), this.body);
    this.body.addEventListener('click', (e) => {
      const row = (e.target as Element).closest('tr');
      if (row?.dataset['id']) this.pick(row.dataset['id'], true);
    });
    fill(this.element, this.filters, h('div', {class: 'line count-line'}, this.count, this.reset), h('div', {class: 'scroll'}, table, this.more));
    this.drawFilters();
    this.draw();
    // Most rows are never seen: those beyond come when the last is near.
    new IntersectionObserver((seen) => {
      if (seen.some((e) => e.isIntersecting) && this.shown < this.rows.length) this.grow(this.shown + page);
    }, {root: this.element.querySelector('.scroll'), rootMargin: '200px'}).observe(this.more);
    app.store.on((changed) => {
      const s = app.store.state;
      const filters: (keyof State)[] = ['show', 'text', 'commune', 'cause', 'power', 'certainty', 'sort'];
      if (filters.some((k) => changed.has(k))) {
        this.shown = page;
        if (!(changed.size === 1 && changed.has('text'))) this.drawFilters();
        this.draw();
      }
      if (changed.has('asked')) this.select(s.asked?.kind === 'village' ? s.asked.id : null, true);
    });
  }

  private drawFilters(): void {
    const {store, villages} = this.app;
    const s = store.state;
    const communes = new Map<string, string>();
    for (const v of villages) if (v.commune_code && (isGap(v) || isDeclaredGap(v) || v.commune_code === s.commune)) communes.set(v.commune_code, v.commune ?? v.commune_code);
    const order = new Intl.Collator('vi');
    const causes = [...new Set(villages.map((v) => v.cause).filter((c) => c !== null))];
    const text = h('input', {type: 'search', class: 'wide', placeholder: t('filter_text'), 'aria-label': t('filter_text'), value: s.text, id: 'filter-text', oninput: () => store.set({text: text.value})});
    fill(
      this.filters,
      text,
      select(t('show'), s.show, (['gaps', 'computed', 'declared', 'disagree', 'all'] as const).map((k) => [k, t(`show_${k}`)]), (v) => store.set({show: v as State['show']})),
      select(t('commune'), s.commune, [['', t('any_commune')], ...[...communes].sort((a, b) => order.compare(a[1], b[1]))], (v) => store.set({commune: v})),
      select(t('col_cause'), s.cause, [['', t('any_cause')], ...causes.map((c): [string, string] => [c, word(c)])], (v) => store.set({cause: v})),
      select(t('grid_power'), s.power, [['', t('any_power')], ['yes', t('power_yes')], ['no', t('power_no')]], (v) => store.set({power: v as State['power']})),
      select(t('certainty'), s.certainty, [['', t('any_certainty')], ...(['surely_weak', 'uncertain', 'surely_served'] as const).map((c): [string, string] => [c, t(c)])], (v) => store.set({certainty: v})),
    );
  }

  private draw(): void {
    const {store, villages, map} = this.app;
    const s = store.state;
    this.rows = listed(villages, s);
    map.marks(this.rows);
    const people = this.rows.reduce((sum, v) => sum + (v.people_unserved ?? 0), 0);
    this.count.textContent = t('count_villages', {n: num(this.rows.length), people: num(people)});
    const filtered = s.text !== '' || s.commune !== '' || s.cause !== '' || s.power !== '' || s.certainty !== '' || s.show !== 'gaps';
    fill(this.reset, filtered && button(t('reset'), () => this.clear(), {class: 'link'}));
    fill(
      this.head,
      ...columns.map((c) => {
        const down = s.sort.startsWith('-');
        const by = (x: Sort): boolean => s.sort.replace('-', '') === x.id;
        const sort = (x: Sort): HTMLElement => {
          // Numbers are first asked for from the largest, words from A.
          const next = by(x) ? (down ? x.id : '-' + x.id) : c.numeric ? '-' + x.id : x.id;
          return button(t(x.text), () => store.set({sort: next}), {title: t('sort_by', {column: t(x.text)}), class: by(x) ? (down ? 'sort down' : 'sort up') : 'sort'});
        };
        const sorted = by(c) || (c.under !== undefined && by(c.under));
        return h('th', {scope: 'col', class: c.numeric ? 'n' : null, 'aria-sort': sorted ? (down ? 'descending' : 'ascending') : 'none'}, sort(c), c.under && sort(c.under));
      }),
    );
    this.fillBody();
    this.select(s.asked?.kind === 'village' ? s.asked.id : null, false);
  }

  private fillBody(): void {
    fill(this.body);
    this.grow(this.shown);
  }

  /** Draws every row, for paper, or again those that were shown. */
  whole(every: boolean): void {
    if (every) this.body.append(...this.rows.slice(this.body.rows.length).map((v) => this.row(v)));
    else while (this.body.rows.length > this.shown) this.body.deleteRow(-1);
  }

  /** Adds rows, up to so many. */
  private grow(to: number): void {
    this.shown = to;
    this.body.append(...this.rows.slice(this.body.rows.length, to).map((v) => this.row(v)));
    const left = this.rows.length - to;
    fill(
      this.more,
      this.rows.length === 0 && h('p', {class: 'quiet'}, t('no_rows')),
      left > 0 && button(t('more_rows', {n: Math.min(left, page)}), () => this.grow(to + page)),
    );
  }

  private row(v: Village): HTMLTableRowElement {
    const declared = v.declared_status ? h('small', {}, t('declared_short', {class: word(v.declared_status)})) : null;
    return h(
      'tr', {'data-id': v.village_id, tabindex: -1, 'aria-selected': 'false'},
      h('td', {}, h('b', {}, v.name ?? v.village_id), h('small', {}, v.commune ?? '')),
      h('td', {class: 'n', title: t('unserved_of', {unserved: num(v.people_unserved), people: num(v.population)})}, num(v.people_unserved), h('small', {}, `/ ${num(v.population)}`)),
      h('td', {class: 'n'}, num(v.households)),
      h('td', {class: v.grid_power === false ? 'off' : null, title: t(v.grid_power === null ? 'power_unknown' : v.grid_power ? 'power_yes' : 'power_no')}, v.grid_power === null ? t('unknown') : v.grid_power ? t('yes') : t('no')),
      h('td', {}, h('span', {class: `class ${v.class}`}, word(v.class)), v.certainty === 'uncertain' && h('small', {}, t('uncertain')), declared),
      h('td', {}, v.cause ? word(v.cause) : '–'),
    );
  }

  private clear(): void {
    this.app.store.set({show: 'gaps', text: '', commune: '', cause: '', power: '', certainty: ''});
    this.drawFilters();
    document.getElementById('filter-text')?.focus();
  }

  private trs(): HTMLTableRowElement[] {
    return [...this.body.rows];
  }

  /** Marks a village's row, the only one that Tab reaches. */
  private select(id: string | null, scroll: boolean): void {
    let at = id === null ? -1 : this.rows.findIndex((v) => v.village_id === id);
    if (at >= this.shown) this.grow(Math.ceil((at + 1) / page) * page);
    this.trs().forEach((tr, i) => {
      tr.setAttribute('aria-selected', String(i === at));
      tr.tabIndex = i === Math.max(at, 0) ? 0 : -1;
    });
    if (at < 0) return;
    const tr = this.trs()[at];
    if (scroll && tr) tr.scrollIntoView({block: 'nearest'});
  }

  /** Asks about a village and keeps the focus on its row. */
  private pick(id: string, fly: boolean): void {
    this.app.ask({kind: 'village', id}, fly);
  }

  private key(e: KeyboardEvent): void {
    const at = this.trs().findIndex((tr) => tr === document.activeElement);
    if (at < 0) return;
    const to = {ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 12, PageUp: at - 12, Home: 0, End: this.rows.length - 1}[e.key];
    const id = this.trs()[at]?.dataset['id'];
    if (to !== undefined) this.focus(to);
    else if ((e.key === 'Enter' || e.key === ' ') && id) this.pick(id, true);
    else return;
    e.preventDefault();
  }

  private focus(to: number): void {
    if (to >= this.shown) this.grow(Math.ceil((to + 1) / page) * page);
    const trs = this.trs();
    const tr = trs[Math.min(Math.max(to, 0), trs.length - 1)];
    if (!tr) return;
    trs.forEach((other) => (other.tabIndex = other === tr ? 0 : -1));
    tr.focus();
    tr.scrollIntoView({block: 'nearest'});
  }

  /** Moves to the next or previous village and asks about it. */
  step(by: number): void {
    const now = this.app.store.state.asked;
    const at = this.rows.findIndex((v) => v.village_id === (now?.kind === 'village' ? now.id : ''));
    const next = this.rows[Math.min(Math.max(at < 0 ? 0 : at + by, 0), this.rows.length - 1)];
    if (!next) return;
    this.pick(next.village_id, true);
    this.trs().find((tr) => tr.dataset['id'] === next.village_id)?.focus({preventScroll: true});
  }
}
