// The frame: what belongs to the whole page, and what puts its parts together.

import 'maplibre-gl/dist/maplibre-gl.css';
import './style.css';
import type {App} from './app';
import {Budget} from './budget';
import {Compare} from './compare';
import {distanceM, parsePlace} from './coords';
import {button, fill, h} from './dom';
import {fontsLoaded} from './fonts';
import {Layers} from './layers';
import {List} from './list';
import {CoverageMap, type Hit} from './map';
import {printing} from './print';
import type {Hex, Source} from './source';
import {initial, Store, type Asked, type Tab} from './state';
import {Status} from './status';
import {fold, num, setLang, t, word, type Key, type Lang} from './strings';
import type {FrontierPoint, LonLat, Plan, Run, Village} from './types';
import {WhatIfPanel} from './whatif';
import {Why} from './why';

interface Loaded {
  run: Run;
  villages: Village[];
  plan: Plan | null;
  frontier: FrontierPoint[];
}

/** Builds the page into an element. */
export async function start(root: HTMLElement, source: Source): Promise<void> {
  setLang(navigator.language.startsWith('vi') ? 'vi' : 'en');
  fill(root, h('p', {class: 'busy start', role: 'status'}, t('loading')));
  try {
    // With its letters there, the page is laid out once.
    const [run, villages, plan] = await Promise.all([source.run(), source.villages(), source.plan(), fontsLoaded()]);
    const frontier = plan ? await source.frontier() : [];
    const store = new Store(initial(run.lang));
    const loaded = {run, villages, plan, frontier};
    let page = new Page(root, source, store, loaded);
    store.on((changed) => {
      if (!changed.has('lang')) return;
      page.close();
      store.forget();
      page = new Page(root, source, store, loaded);
    }, true);
  } catch (error) {
    fill(root, h('p', {class: 'error start', role: 'alert'}, t('failed', {error: (error as Error).message})), button(t('retry'), () => void start(root, source)));
  }
}

/** How long the pointer rests before the hex under it is read, in milliseconds. */
const restMs = 60;

/** Where there is no room for the answer to "why?" beside the panel, as in style.css. */
const narrow = '(max-width: 1100px)';

const tabs: Tab[] = ['villages', 'budget', 'whatif', 'compare'];

class Page {
  private readonly app: App;
  private readonly map: CoverageMap;
  private readonly list: List;
  private readonly whatIf: WhatIfPanel;
  private readonly layers: Layers;
  private readonly status: Status;
  private readonly why: Why;
  private readonly help = h('dialog', {class: 'about', 'aria-labelledby': 'help-title'});
  private readonly hover = h('output', {class: 'hover', 'aria-hidden': 'true'});
  private readonly live = h('p', {class: 'hidden', role: 'status'});
  private readonly tabButtons = new Map<Tab, HTMLButtonElement>();
  private readonly panels = new Map<Tab, HTMLElement>();
  private readonly source: Source;
  private readonly ended = new AbortController();
  private search!: HTMLInputElement;
  private resting = 0; // the pointer's timer

  constructor(root: HTMLElement, source: Source, store: Store, loaded: Loaded) {
    const {run, villages, plan, frontier} = loaded;
    this.source = source;
    setLang(store.state.lang);
    const canvas = h('div', {class: 'map', id: 'map'});
    const frame = h('div', {class: 'map-frame'}, canvas);
    const panel = h('div', {class: 'panel'});
    fill(root, h('div', {class: 'page'}, panel, frame));
    const page = root.firstElementChild!;

    this.map = new CoverageMap(canvas, run, source.map(run), store.state, {
      click: (hit) => this.click(hit),
      hover: (hit) => this.over(hit),
      moved: (at, zoom) => store.set({view: {lon: at[0], lat: at[1], zoom}}),
    });
    Object.assign(canvas, {map: this.map.map}); // for the browser's console, and for tests
    const village = new Map(villages.map((v) => [v.village_id, v]));
    this.app = {
      source, store, run, villages, village, runPlan: plan, frontier, map: this.map,
      ask: (asked, fly = false) => this.ask(asked, fly),
      say: (text) => (this.live.textContent = text),
      changeSite: (id) => {
        this.open('whatif');
        void this.whatIf.site(id);
      },
      putMast: (at) => this.whatIf.put(at),
    };
    this.list = new List(this.app);
    const budget = new Budget(this.app);
    this.whatIf = new WhatIfPanel(this.app);
    const compare = new Compare(this.app);
    this.layers = new Layers(this.app);
    this.status = new Status(this.app, this.ended.signal);
    this.why = new Why(this.app);

    this.panels.set('villages', this.list.element).set('budget', budget.element);
    if (source.live) this.panels.set('whatif', this.whatIf.element).set('compare', compare.element);
    const bar = h('div', {class: 'tabs', role: 'tablist', 'aria-label': t('title'), onkeydown: (e: KeyboardEvent) => this.tabKey(e)});
    for (const [tab, element] of this.panels) {
      const b = button(t(`tab_${tab}`), () => this.open(tab), {role: 'tab', id: `tab-${tab}`, 'aria-controls': `panel-${tab}`});
      element.id = `panel-${tab}`;
      element.setAttribute('role', 'tabpanel');
      element.setAttribute('aria-labelledby', `tab-${tab}`);
      this.tabButtons.set(tab, b);
      bar.append(b);
    }
    fill(panel, bar, ...this.panels.values());
    frame.append(
      h('div', {class: 'map-tools'}, button(t('layers'), () => this.layers.toggle(), {id: 'open-layers'}), button(t('whole'), () => this.map.whole(run))),
      this.layers.element, this.layers.legend, this.hover,
    );
    page.prepend(this.header(run));
    page.append(this.why.element, this.status.element, this.status.about, this.help, this.live);
    this.drawHelp();
    this.showTab();
    this.map.begin(store.state);
    store.on((changed) => {
      if (changed.has('tab')) this.showTab();
      if ((changed.has('tab') || changed.has('actions')) && !changed.has('asked')) this.uncover();
    });
    printing(this.map.map, () => this.list.whole(true), () => this.list.whole(false), this.ended.signal);
    addEventListener('keydown', (e) => this.key(e), {signal: this.ended.signal});
    // A page that was asked for something in its address shows where it is.
    const asked = store.state.asked;
    if (asked) this.layers.fold();
    const v = asked?.kind === 'village' ? village.get(asked.id) : undefined;
    if (v && !store.state.view) this.map.map.jumpTo({center: [v.centre_lon, v.centre_lat], zoom: 11});
  }

  close(): void {
    this.ended.abort();
    this.map.map.remove();
  }

  private header(run: Run): HTMLElement {
    const other: Lang = this.app.store.state.lang === 'vi' ? 'en' : 'vi';
    const note = h('p', {class: 'search-note', role: 'status'});
    this.search = h('input', {type: 'search', id: 'search', placeholder: t('search_place'), 'aria-label': t('search_place'), autocomplete: 'off', spellcheck: false});
    return h(
      'header', {class: 'bar'},
      h('h1', {}, h('span', {class: 'brand'}, 'covgap'), h('span', {class: 'project'}, run.project)),
      run.synthetic && h('span', {class: 'badge', title: t('synthetic_long')}, t('synthetic')),
      h('form', {class: 'search', role: 'search', onsubmit: (e: Event) => {
        e.preventDefault();
        const found = this.find(this.search.value);
        note.textContent = found ? '' : t('search_none');
        if (found) this.search.blur(); // keys are the page's again
      }}, this.search, h('button', {type: 'submit'}, t('go')), note),
      h(
        'div', {class: 'bar-tools'},
        button(t('language'), () => this.app.store.set({lang: other}), {id: 'language', lang: other}),
        button(t('print'), () => print(), {id: 'print'}),
        button('?', () => this.help.showModal(), {class: 'icon', 'aria-label': t('help'), title: t('help')}),
      ),
    );
  }

  /** Finds what was typed: a village, a site, or coordinates. */
  private find(text: string): boolean {
    const words = text.trim();
    if (words === '') return true;
    const {villages, run, source} = this.app;
    const wanted = fold(words);
    const v = villages.find((x) => x.village_id === words) ?? villages.find((x) => fold(x.name ?? '') === wanted) ?? (wanted.length > 2 && !/^[\d\s.,+-]+$/.test(wanted) ? villages.find((x) => fold(x.name ?? '').includes(wanted)) : undefined);
    if (v) {
      this.ask({kind: 'village', id: v.village_id}, true);
      return true;
    }
    const at = parsePlace(words, run.centre, run.coordinates);
    if (at) {
      this.map.fly(at, 12);
      this.ask({kind: 'at', id: `${at[0].toFixed(6)},${at[1].toFixed(6)}`}, false);
      return true;
    }
    if (!/^[\w-]+$/.test(words)) return false;
    void source.explain({site: words}).then(
      (e) => {
        if (e.kind !== 'site') return;
        this.map.fly([e.longitude, e.latitude], 12);
        this.ask({kind: 'site', id: e.site_id}, false);
      },
      () => this.app.say(t('search_none')),
    );
    return true;
  }

  private ask(asked: Asked | null, fly: boolean): void {
    const v = asked?.kind === 'village' ? this.app.village.get(asked.id) : undefined;
    this.app.store.set({asked});
    this.map.map.resize();
    this.layers.fold();
    if (v && fly) this.map.fly([v.centre_lon, v.centre_lat], 11);
  }

  private click(hit: Hit): void {
    if (this.whatIf.placing) {
      this.whatIf.put(hit.at);
      return;
    }
    switch (hit.kind) {
      case 'village':
        this.ask({kind: 'village', id: hit.id}, false);
        return;
      case 'site':
        if (this.app.store.state.tab === 'whatif') this.app.changeSite(hit.id);
        else this.ask({kind: 'site', id: hit.id}, false);
        return;
      case 'action':
        this.open('budget');
        this.panels.get('budget')?.querySelectorAll('tbody tr')[Number(hit.id) - 1]?.scrollIntoView({block: 'center'});
        return;
      case 'place':
        void this.askPlace(hit.at);
    }
  }

  private async askPlace(at: LonLat): Promise<void> {
    if (!(await this.hex(at))) {
      this.hover.textContent = t('outside');
      this.app.say(t('outside'));
      return;
    }
    // A click on the mark's own ground means the village; elsewhere, the place.
    const near = this.app.villages.find((v) => distanceM([v.centre_lon, v.centre_lat], at) < 60);
    this.ask(near ? {kind: 'village', id: near.village_id} : {kind: 'at', id: `${at[0].toFixed(6)},${at[1].toFixed(6)}`}, false);
  }

  /** The hex at a place: as computed, or in a report as drawn. */
  private async hex(at: LonLat): Promise<Hex | null> {
    const {live} = this.source;
    return live ? live.hex(at, this.app.store.state.layer) : this.map.hex(at);
  }

  private over(hit: Hit | null): void {
    window.clearTimeout(this.resting);
    this.hover.hidden = hit === null;
    if (!hit) return;
    const place = t('place_at', {lat: num(hit.at[1], 5), lon: num(hit.at[0], 5)});
    switch (hit.kind) {
      case 'village': {
        const v = this.app.village.get(hit.id);
        this.hover.textContent = v ? `${v.name ?? v.village_id} · ${word(v.class)} · ${v.cause ? word(v.cause) : ''}` : hit.id;
        return;
      }
      case 'site':
        this.hover.textContent = t('why_site', {id: hit.id});
        return;
      case 'action': {
        const r = this.app.runPlan?.rows.find((x) => String(x.rank) === hit.id);
        this.hover.textContent = r ? `${r.rank}. ${word(r.action)} ${r.site_id}` : t('not_in_plan');
        return;
      }
      case 'place':
        this.hover.textContent = place;
        this.resting = window.setTimeout(() => void this.read(hit.at, place), restMs);
    }
  }

  /** Adds the class and level of the hex on which the pointer rests. */
  private async read(at: LonLat, place: string): Promise<void> {
    const hex = await this.hex(at).catch(() => null);
    if (!hex || this.hover.textContent !== place) return; // it moved on
    const level = hex.signal_dbm === null ? word(hex.class) : t('hover_hex', {class: word(hex.class), dbm: num(hex.signal_dbm)});
    this.hover.textContent = `${level} · ${place}`;
  }

  private open(tab: Tab): void {
    this.app.store.set({tab});
    this.uncover(); // also where it was open
  }

  /** Closes the answer to "why?" where it covers the panel. */
  private uncover(): void {
    if (matchMedia(narrow).matches && this.app.store.state.asked) this.ask(null, false);
  }

  private showTab(): void {
    const now = this.panels.has(this.app.store.state.tab) ? this.app.store.state.tab : 'villages';
    for (const [tab, b] of this.tabButtons) {
      b.setAttribute('aria-selected', String(tab === now));
      b.tabIndex = tab === now ? 0 : -1;
      this.panels.get(tab)!.hidden = tab !== now;
    }
    document.body.dataset['tab'] = now;
  }

  private tabKey(e: KeyboardEvent): void {
    const all = [...this.tabButtons.keys()];
    const at = all.indexOf(this.app.store.state.tab);
    const to = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1}[e.key];
    if (to === undefined) return;
    e.preventDefault();
    const tab = all[(to + all.length) % all.length]!;
    this.open(tab);
    this.tabButtons.get(tab)!.focus();
  }

  private key(e: KeyboardEvent): void {
    const target = e.target as HTMLElement;
    if (e.key === 'Escape') {
      if (document.querySelector('dialog[open]')) return;
      if (target.matches('input[type=search], input[type=text], input[type=number]')) {
        target.blur(); // what is asked stays
        return;
      }
      if (this.whatIf.placing) this.whatIf.place(false);
      else if (!this.layers.element.hidden) this.layers.toggle();
      else this.ask(null, false);
      return;
    }
    if ((e.ctrlKey || e.metaKey) && (e.key === 'z' || e.key === 'y') && !target.matches('input, textarea')) {
      e.preventDefault();
      if (e.key === 'z' && !e.shiftKey) this.whatIf.undo();
      else this.whatIf.redo();
      return;
    }
    if (e.ctrlKey || e.metaKey || e.altKey || target.matches('input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select')) return;
    const {store, run} = this.app;
    const tab = tabs[Number(e.key) - 1];
    if (tab && this.panels.has(tab)) {
      this.open(tab);
      this.tabButtons.get(tab)?.focus();
    } else if (e.key === '?') this.help.showModal();
    else if (e.key === '/') this.search.focus();
    else if (e.key === 'f') {
      this.open('villages');
      document.getElementById('filter-text')?.focus();
    } else if (e.key === 'j' || e.key === 'k') this.list.step(e.key === 'j' ? 1 : -1);
    else if (e.key === 'm') this.map.map.getCanvas().focus();
    else if (e.key === 'l') this.layers.toggle();
    else if (e.key === 'n' && this.source.live) this.whatIf.put(this.map.centre());
    else if (e.key === 'v') store.set({lang: store.state.lang === 'vi' ? 'en' : 'vi'});
    else if (e.key === '0') this.map.whole(run);
    else return;
    e.preventDefault();
  }

  private drawHelp(): void {
    const keys: [string, Key][] = [
      ['j k', 'key_list'], ['f', 'key_filter'], ['/', 'key_search'], ['1 2 3 4', 'key_tabs'], ['m', 'key_map'], ['0', 'key_whole'], ['l', 'key_layers'],
      ['n', 'key_mast'], ['Ctrl Z, Ctrl Y', 'key_undo'], ['v', 'key_lang'], ['Esc', 'key_esc'], ['?', 'key_help'],
    ];
    fill(
      this.help,
      h('header', {}, h('h2', {id: 'help-title'}, t('shortcuts')), button('×', () => this.help.close(), {class: 'icon', 'aria-label': t('close')})),
      h('dl', {class: 'keys'}, ...keys.flatMap(([k, text]) => [h('dt', {}, ...k.split(' ').flatMap((x, i) => [i > 0 ? ' ' : '', h('kbd', {}, x)])), h('dd', {}, t(text))])),
    );
  }
}

