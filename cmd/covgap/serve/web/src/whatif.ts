// What if: actions that are not built yet, and the difference they would make.

import {Marker} from 'maplibre-gl';
import type {App, Part} from './app';
import {button, fill, h, select} from './dom';
import {num, t, word} from './strings';
import type {Action, LonLat, SiteExplained, Tally, WhatIf} from './types';

const snapM = 500;
const waitMs = 120; // after a change, for the next one

/** Antennas at a height. The mast grows with them; one that is higher stays as it is. */
const raised = (m: number): Partial<Action> => ({antenna_height_m: m, structure_height_m: m});

export class WhatIfPanel implements Part {
  readonly element = h('section', {class: 'whatif', 'aria-label': t('tab_whatif')});
  private readonly app: App;
  private readonly list = h('div', {class: 'changes'});
  private readonly siteBox = h('div');
  private readonly note = h('p', {class: 'quiet', id: 'snap-note'});
  private readonly result = h('div', {class: 'result', 'aria-live': 'polite'});
  private readonly tools = h('div', {class: 'buttons'});
  private readonly past: Action[][] = [];
  private readonly future: Action[][] = [];
  private markers: Marker[] = [];
  private asking: AbortController | null = null;
  private timer = 0;
  private answer: WhatIf | null = null;
  private moving = false; // an undo or redo is no new change
  /** True while the next click on the map puts a mast. */
  placing = false;

  constructor(app: App) {
    this.app = app;
    fill(this.element, h('h2', {}, t('whatif_title')), h('p', {class: 'quiet'}, t('whatif_hint')), this.tools, this.siteBox, this.list, this.note, this.result);
    let before = app.store.state.actions;
    app.store.on((changed) => {
      if (changed.has('actions')) {
        if (!this.moving) {
          this.past.push(before);
          this.future.length = 0;
        }
        before = app.store.state.actions;
        this.draw();
        this.ask();
      }
      if (changed.has('tab')) this.show();
    });
    this.draw();
    if (app.store.state.actions.length > 0) this.ask();
  }

  private show(): void {
    const on = this.app.store.state.tab === 'whatif';
    if (!on) this.place(false);
    for (const m of this.markers) m.getElement().style.display = on ? '' : 'none';
    this.app.map.difference(on && this.answer ? this.answer.hexes : null);
  }

  private set(actions: Action[]): void {
    fill(this.note);
    this.app.store.set({actions});
  }

  private change(i: number, patch: Partial<Action>): void {
    this.set(this.app.store.state.actions.map((a, k) => (k === i ? {...a, ...patch} : a)));
  }

  place(on: boolean): void {
    this.placing = on;
    document.body.classList.toggle('placing', on);
    this.drawTools();
  }

  put(at: LonLat): void {
    this.place(false);
    const {run, store} = this.app;
    const names = new Set(store.state.actions.map((a) => a.site_id));
    let n = 1;
    while (names.has(`TRY-${n}`)) n++;
    const template = run.templates[0];
    this.set([...store.state.actions, {action: 'new_site', ...(template ? {template} : {}), site_id: `TRY-${n}`, longitude: round(at[0]), latitude: round(at[1])}]);
    store.set({tab: 'whatif'});
  }

  undo(): void {
    const last = this.past.pop();
    if (!last) return;
    this.future.push(this.app.store.state.actions);
    this.move(last);
  }

  redo(): void {
    const next = this.future.pop();
    if (!next) return;
    this.past.push(this.app.store.state.actions);
    this.move(next);
  }

  private move(to: Action[]): void {
    this.moving = true;
    this.set(to);
    this.moving = false;
    this.drawTools();
  }

  private drawTools(): void {
    fill(
      this.tools,
      button(t('put_mast'), () => this.place(!this.placing), {class: 'primary', id: 'put-mast', 'aria-pressed': String(this.placing)}),
      button(t('at_centre'), () => this.put(this.app.map.centre())),
      button(t('undo'), () => this.undo(), {disabled: this.past.length === 0, title: 'Ctrl Z'}),
      button(t('redo'), () => this.redo(), {disabled: this.future.length === 0, title: 'Ctrl Y'}),
      this.app.store.state.actions.length > 0 && button(t('clear'), () => this.set([])),
      this.placing && h('p', {class: 'hint', role: 'status'}, t('click_map')),
    );
  }

  private draw(): void {
    const actions = this.app.store.state.actions;
    this.drawTools();
    fill(this.list, ...actions.map((a, i) => this.card(a, i)));
    for (const m of this.markers) m.remove();
    this.markers = actions.flatMap((a, i) => {
      if (a.longitude === undefined || a.latitude === undefined || a.action === 'raise' || a.action === 're_aim') return [];
      const m = new Marker({color: '#00695c', draggable: a.action === 'new_site', scale: 0.85}).setLngLat([a.longitude, a.latitude]).addTo(this.app.map.map);
      m.getElement().setAttribute('aria-label', `${word(a.action)} ${a.site_id ?? ''}`);
      m.on('dragend', () => {
        const p = m.getLngLat();
        this.change(i, {longitude: round(p.lng), latitude: round(p.lat)});
      });
      return [m];
    });
    this.show();
  }

  private card(a: Action, i: number): HTMLElement {
    const {run, source} = this.app;
    const number = (label: string, value: number | undefined, props: Record<string, number>, set: (v: number) => void): HTMLElement => {
      const input = h('input', {type: 'number', ...props, value: value ?? '', placeholder: t('by_template'), onchange: () => input.value !== '' && input.checkValidity() && set(Number(input.value))});
      return h('label', {}, h('span', {}, label), input);
    };
    const fields: (HTMLElement | null)[] = [];
    if (a.action === 'new_site') {
      const template = this.app.runPlan?.templates.find((x) => x.name === a.template);
      const azimuths = a.azimuth_deg ?? Array.from({length: template?.sectors ?? 3}, (_, k) => (k * 360) / (template?.sectors ?? 3));
      if (run.templates.length > 1) fields.push(h('label', {}, h('span', {}, t('template')), select(t('template'), a.template ?? '', run.templates.map((n): [string, string] => [n, n]), (v) => this.change(i, {template: v}))));
      fields.push(
        number(t('height'), a.antenna_height_m ?? template?.antenna_height_m, {min: 5, max: 150, step: 1}, (v) => this.change(i, {antenna_height_m: v, structure_height_m: v})),
        number(t('turn'), azimuths[0], {min: 0, max: 359, step: 10}, (v) => this.change(i, {azimuth_deg: turned(azimuths, v)})),
        number(t('tilt'), a.electrical_tilt_deg ?? template?.electrical_tilt_deg, {min: -5, max: 20, step: 1}, (v) => this.change(i, {electrical_tilt_deg: v})),
        h('p', {class: 'quiet place'}, `${num(a.latitude, 5)}, ${num(a.longitude, 5)}`),
        h('p', {class: 'buttons'}, source.live && button(t('snap'), () => void this.snap(i)), button(t('zoom_to'), () => this.app.map.fly([a.longitude!, a.latitude!], 12))),
      );
    } else if (a.action === 'raise') {
      fields.push(number(t('height'), a.antenna_height_m, {min: 5, max: 150, step: 1}, (v) => this.change(i, raised(v))));
    } else if (a.action === 're_aim') {
      fields.push(
        number(t('azimuth'), a.azimuth_deg?.[0], {min: 0, max: 359, step: 1}, (v) => this.change(i, {azimuth_deg: [v]})),
      );
    }
    return h(
      'article', {class: 'change'},
      h('header', {}, h('b', {}, `${word(a.action)} ${a.sector_id ?? a.site_id ?? ''}`), button('×', () => this.set(this.app.store.state.actions.filter((_, k) => k !== i)), {class: 'icon', 'aria-label': t('drop_action'), title: t('drop_action')})),
      ...fields,
    );
  }

  private async snap(i: number): Promise<void> {
    const a = this.app.store.state.actions[i];
    if (!a || a.longitude === undefined || a.latitude === undefined || !this.app.source.live) return;
    try {
      const best = await this.app.source.live.snap([a.longitude, a.latitude], snapM, a.template ?? '');
      const said = t(best.distance_m < 1 ? 'snap_here' : 'snapped', {m: num(best.distance_m), ground: num(best.ground_m), people: num(best.people), here: num(best.people_here)});
      if (best.distance_m >= 1) this.change(i, {longitude: best.longitude, latitude: best.latitude});
      fill(this.note, said);
      this.app.say(said);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Opens a base station for changes. */
  async site(id: string): Promise<void> {
    this.app.store.set({tab: 'whatif'});
    fill(this.siteBox, h('p', {class: 'busy'}, t('asking')));
    try {
      const e = await this.app.source.explain({site: id});
      if (e.kind === 'site') this.drawSite(e);
    } catch (error) {
      fill(this.siteBox, h('p', {class: 'error'}, t('failed', {error: (error as Error).message})));
    }
  }

  private drawSite(e: SiteExplained): void {
    const add = (a: Action): void => this.set([...this.app.store.state.actions.filter((x) => !(x.action === a.action && x.site_id === a.site_id && x.sector_id === a.sector_id)), a]);
    const highest = Math.max(...e.sectors.map((c) => c.antenna_height_m));
    const height = h('input', {type: 'number', min: 5, max: 150, step: 1, value: highest + 10, 'aria-label': t('height')});
    fill(
      this.siteBox,
      h(
        'article', {class: 'change site'},
        h('header', {}, h('b', {}, `${e.name || ''} ${e.site_id}`), button('×', () => fill(this.siteBox), {class: 'icon', 'aria-label': t('close')})),
        h('label', {}, h('span', {}, t('height')), height, button(t('apply_raise'), () => add({action: 'raise', site_id: e.site_id, ...raised(Number(height.value))}))),
        h(
          'table', {class: 'small'},
          h('thead', {}, h('tr', {}, h('th', {scope: 'col'}, t('col_sector')), h('th', {scope: 'col'}, t('azimuth')), h('th', {scope: 'col'}, h('span', {class: 'hidden'}, t('apply_aim'))))),
          h(
            'tbody', {},
            ...e.sectors.filter((c) => c.counts && c.azimuth_deg !== null).map((c) => {
              const azimuth = h('input', {type: 'number', min: 0, max: 359, step: 1, value: c.azimuth_deg ?? 0, 'aria-label': `${t('azimuth')} ${c.sector_id}`});
              return h('tr', {}, h('td', {}, c.sector_id), h('td', {}, azimuth), h('td', {}, button(t('apply_aim'), () => add({action: 're_aim', site_id: e.site_id, sector_id: c.sector_id, azimuth_deg: [Number(azimuth.value)]}))));
            }),
          ),
        ),
        h('p', {class: 'buttons'}, button(t('remove_mast'), () => add({action: 'remove', site_id: e.site_id})), button(t('zoom_to'), () => this.app.map.fly([e.longitude, e.latitude], 12))),
      ),
    );
  }

  /** Asks the server what the changes do; a later question ends an earlier one. */
  private ask(): void {
    clearTimeout(this.timer);
    this.asking?.abort();
    const actions = this.app.store.state.actions;
    if (actions.length === 0 || !this.app.source.live) {
      this.answer = null;
      this.app.map.difference(null);
      fill(this.result, h('p', {class: 'quiet'}, t('nothing_yet')));
      return;
    }
    const turn = (this.asking = new AbortController());
    this.timer = window.setTimeout(async () => {
      fill(this.result, h('p', {class: 'busy', role: 'status'}, t('computing')));
      const began = performance.now();
      try {
        const answer = await this.app.source.live!.whatIf(actions, turn.signal);
        if (turn.signal.aborted) return;
        this.answer = answer;
        this.drawResult(answer, performance.now() - began);
        this.show();
      } catch (error) {
        if (!turn.signal.aborted) this.fail(error);
      }
    }, waitMs);
  }

  private fail(error: unknown): void {
    fill(this.result, h('p', {class: 'error', role: 'alert'}, t('failed', {error: (error as Error).message})));
  }

  private async save(name: string, actions: Action[], said: HTMLElement, replace: boolean): Promise<void> {
    if (name === '') return;
    fill(said, t('saving'));
    try {
      const saved = await this.app.source.live!.save(name, actions, replace);
      if (!saved) fill(said, t('save_taken', {name}), button(t('save_replace'), () => void this.save(name, actions, said, true)));
      else fill(said, saved.unappraised ? t('saved_unappraised', {file: saved.file, why: saved.unappraised}) : t('saved', {file: saved.file}));
    } catch (error) {
      fill(said, t('failed', {error: (error as Error).message}));
    }
  }

  private drawResult(w: WhatIf, ms: number): void {
    const line = (text: string, key: keyof Tally): HTMLElement => h('tr', {}, h('th', {scope: 'row'}, text), h('td', {class: 'n'}, num(w.before[key])), h('td', {class: 'n'}, num(w.after[key])), h('td', {class: 'n'}, signed(w.after[key] - w.before[key])));
    const name = h('input', {type: 'text', 'aria-label': t('plan_name'), placeholder: t('plan_name'), maxlength: 60, pattern: '[\\p{L}\\p{N}][\\p{L}\\p{N} _\\-]*'});
    const saved = h('p', {role: 'status'});
    fill(
      this.result,
      h('h3', {}, t('result'), h('small', {class: 'quiet'}, ` ${t('took', {ms: num(ms)})}`)),
      h(
        'p', {class: 'verdict', id: 'whatif-verdict'},
        t('villages_gained', {n: num(w.villages_gained)}), w.villages_lost > 0 && `, ${t('villages_lost', {n: num(w.villages_lost)})}`, ` · ${t('people_gained', {n: num(w.people_gained)})}`, w.people_lost > 0 && `, ${t('people_lost', {n: num(w.people_lost)})}`,
      ),
      h(
        'table', {class: 'small'},
        h('thead', {}, h('tr', {}, h('td', {}), h('th', {class: 'n', scope: 'col'}, t('before')), h('th', {class: 'n', scope: 'col'}, t('after')), h('th', {class: 'n', scope: 'col'}, '±'))),
        h('tbody', {}, line(t('gaps_before_after'), 'gaps'), line(t('weak'), 'weak'), line(t('none'), 'none'), line(t('people_without'), 'people_unserved')),
      ),
      h('ul', {class: 'key'}, h('li', {class: 'k-gained'}, t('diff_gained')), h('li', {class: 'k-better'}, t('diff_better')), h('li', {class: 'k-weaker'}, t('diff_weaker')), h('li', {class: 'k-lost'}, t('diff_lost'))),
      w.villages.length > 0 && h('h3', {}, t('changed_villages')),
      h('ul', {class: 'plain'}, ...w.villages.slice(0, 30).map((v) => h('li', {}, button(v.name || v.village_id, () => this.app.ask({kind: 'village', id: v.village_id}, true), {class: 'link'}), ` ${word(v.class_before)} › ${word(v.class_after)}, ${signed(v.people_gained)}`))),
      h('form', {class: 'save', onsubmit: (e: Event) => {
        e.preventDefault();
        void this.save(name.value, w.actions, saved, false);
      }}, name, h('button', {type: 'submit'}, t('save_plan')), saved),
    );
    this.app.say(this.result.querySelector('#whatif-verdict')?.textContent ?? '');
  }
}

/** Directions turned so that the first comes to an azimuth, in rising order as plans have them. */
const turned = (azimuths: number[], first: number): number[] => azimuths.map((a) => (a - (azimuths[0] ?? 0) + first + 360) % 360).sort((a, b) => a - b);

const round = (v: number): number => Math.round(v * 1e6) / 1e6;
const signed = (v: number): string => (v > 0 ? '+' : '') + num(v);
