// What the page shows, and its permalink: the part of the address after #.

import type {Action} from './types';
import type {Lang} from './strings';

export type Tab = 'villages' | 'budget' | 'whatif' | 'compare';

/** What was asked about: a village, a site, a hex or a point. */
export type Asked = {kind: 'village' | 'site' | 'hex'; id: string} | {kind: 'at'; id: string};

export interface Visible {
  relief: boolean;
  hexes: boolean;
  communes: boolean;
  marks: boolean;
  areas: boolean;
  sites: boolean;
  plan: boolean;
}

/** What the colours of hexes mean. */
export type Colour = 'class' | 'level';

export interface State {
  lang: Lang;
  tab: Tab;
  asked: Asked | null;
  /** Centre and zoom of the map; null shows the whole area. */
  view: {lon: number; lat: number; zoom: number} | null;
  show: 'gaps' | 'computed' | 'declared' | 'disagree' | 'all';
  text: string;
  commune: string;
  cause: string;
  power: '' | 'yes' | 'no';
  certainty: string;
  sort: string;
  /** Layer of signal, '' for the best of all. */
  layer: string;
  colour: Colour;
  opacity: number;
  visible: Visible;
  /** How much of the budget, 0 to 1 of the plan's cost, or how many actions. */
  budgetBy: 'money' | 'count';
  budget: number;
  /** Along which line the budget is dragged: the plan, built in its order, or the best for each budget. */
  along: 'order' | 'best';
  must: string[];
  mustNot: string[];
  actions: Action[];
  compareA: string;
  compareB: string;
}

/** The state to start from. */
export function initial(lang: Lang): State {
  return {
    lang, tab: 'villages', asked: null, view: null,
    show: 'gaps', text: '', commune: '', cause: '', power: '', certainty: '', sort: '-people_unserved',
    layer: '', colour: 'class', opacity: 0.6,
    visible: {relief: true, hexes: true, communes: true, marks: true, areas: true, sites: true, plan: true},
    budgetBy: 'money', budget: 1, along: 'order', must: [], mustNot: [], actions: [], compareA: '', compareB: '',
  };
}

type Listener = (changed: Set<keyof State>) => void;

/** Holds the state, tells who wants to know, and keeps the address up to date. */
export class Store {
  readonly start: State;
  state: State;
  private readonly lasting: Listener[] = [];
  private listeners: Listener[] = [];
  private writing = 0;

  constructor(start: State) {
    this.start = start;
    this.state = {...start, ...read(location.hash, start)};
    addEventListener('hashchange', () => {
      if (location.hash.slice(1) !== write(this.state, this.start)) this.set({...this.start, ...read(location.hash, this.start)});
    });
  }

  /** Calls back on changes; a lasting listener stays when the page is built anew. */
  on(listener: Listener, lasting = false): void {
    (lasting ? this.lasting : this.listeners).push(listener);
  }

  /** Forgets all listeners but the lasting ones. */
  forget(): void {
    this.listeners = [];
  }

  set(patch: Partial<State>): void {
    const changed = new Set<keyof State>();
    for (const key of Object.keys(patch) as (keyof State)[]) {
      if (JSON.stringify(this.state[key]) !== JSON.stringify(patch[key])) changed.add(key);
    }
    if (changed.size === 0) return;
    this.state = {...this.state, ...patch};
    for (const l of [...this.listeners, ...this.lasting]) l(changed);
    clearTimeout(this.writing);
    this.writing = window.setTimeout(() => history.replaceState(null, '', '#' + write(this.state, this.start)), 150);
  }
}

// The address names what differs from the start.
function write(s: State, start: State): string {
  const p = new URLSearchParams();
  const put = (name: string, value: string, usual: string): void => {
    if (value !== usual) p.set(name, value);
  };
  put('lang', s.lang, start.lang);
  put('tab', s.tab, start.tab);
  if (s.asked) p.set(s.asked.kind, s.asked.id);
  if (s.view) p.set('map', `${s.view.zoom.toFixed(2)}/${s.view.lat.toFixed(5)}/${s.view.lon.toFixed(5)}`);
  for (const key of ['show', 'text', 'commune', 'cause', 'power', 'certainty', 'sort', 'layer', 'colour', 'budgetBy', 'along'] as const) put(key, s[key], start[key]);
  put('opacity', String(s.opacity), String(start.opacity));
  put('budget', String(s.budget), String(start.budget));
  put('must', s.must.join(' '), '');
  put('not', s.mustNot.join(' '), '');
  const layers = Object.keys(s.visible) as (keyof Visible)[];
  put('hide', layers.filter((k) => !s.visible[k]).join(' '), '');
  if (s.actions.length > 0) p.set('actions', JSON.stringify(s.actions));
  put('a', s.compareA, '');
  put('b', s.compareB, '');
  return p.toString().replaceAll('%2F', '/').replaceAll('%2C', ',');
}

function read(hash: string, start: State): Partial<State> {
  const p = new URLSearchParams(hash.slice(1));
  const out: Partial<State> = {};
  const one = <T extends string>(name: string, of: readonly T[]): T | undefined => {
    const v = p.get(name);
    return v !== null && (of as readonly string[]).includes(v) ? (v as T) : undefined;
  };
  out.lang = one('lang', ['en', 'vi']) ?? start.lang;
  out.tab = one('tab', ['villages', 'budget', 'whatif', 'compare']) ?? start.tab;
  for (const kind of ['village', 'site', 'hex', 'at'] as const) {
    const id = p.get(kind);
    if (id) out.asked = {kind, id};
  }
  const m = /^([\d.]+)\/(-?[\d.]+)\/(-?[\d.]+)$/.exec(p.get('map') ?? '');
  if (m) out.view = {zoom: Number(m[1]), lat: Number(m[2]), lon: Number(m[3])};
  out.show = one('show', ['gaps', 'computed', 'declared', 'disagree', 'all']) ?? start.show;
  out.power = one('power', ['', 'yes', 'no']) ?? start.power;
  out.colour = one('colour', ['class', 'level']) ?? start.colour;
  out.budgetBy = one('budgetBy', ['money', 'count']) ?? start.budgetBy;
  out.along = one('along', ['order', 'best']) ?? start.along;
  for (const key of ['text', 'commune', 'cause', 'certainty', 'sort', 'layer'] as const) out[key] = p.get(key) ?? start[key];
  const between = (name: string, least: number, most: number, usual: number): number => {
    const v = Number(p.get(name) ?? NaN);
    return v >= least && v <= most ? v : usual;
  };
  out.opacity = between('opacity', 0, 1, start.opacity);
  out.budget = between('budget', 0, 1e6, start.budget);
  const words = (name: string): string[] => (p.get(name) ?? '').split(' ').filter((w) => w !== '');
  out.must = words('must');
  out.mustNot = words('not');
  const hidden = words('hide');
  out.visible = Object.fromEntries(Object.keys(start.visible).map((k) => [k, !hidden.includes(k)])) as unknown as Visible;
  try {
    const actions: unknown = JSON.parse(p.get('actions') ?? '[]');
    if (Array.isArray(actions)) out.actions = actions as Action[];
  } catch {
    // an address that was cut off: without its changes
  }
  out.compareA = p.get('a') ?? '';
  out.compareB = p.get('b') ?? '';
  return out;
}
