// Layers, opacity and legend.

import type {App, Part} from './app';
import {button, fill, h, select} from './dom';
import {levelColours, levelSteps} from './palette';
import type {State, Visible} from './state';
import {num, t, type Key} from './strings';

export class Layers implements Part {
  readonly element = h('section', {class: 'layers', id: 'layers', 'aria-label': t('layers'), hidden: true});
  readonly legend = h('section', {class: 'legend', 'aria-label': t('legend')});
  private readonly app: App;

  constructor(app: App) {
    this.app = app;
    this.draw();
    app.store.on((changed) => {
      if (changed.has('visible') || changed.has('colour') || changed.has('layer')) this.draw();
      if (changed.has('visible') || changed.has('colour') || changed.has('layer') || changed.has('opacity') || changed.has('tab')) app.map.show(app.store.state);
    });
  }

  toggle(): void {
    this.element.hidden = !this.element.hidden;
    if (!this.element.hidden) this.element.querySelector<HTMLElement>('select, input')?.focus();
  }

  /** Folds the legend where the map is narrow. */
  fold(): void {
    const legend = this.legend.querySelector('details');
    if (legend && (this.legend.parentElement?.clientWidth ?? 0) < 600) legend.open = false;
  }

  private draw(): void {
    const {store, run} = this.app;
    const s = store.state;
    const check = (key: keyof Visible, text: Key): HTMLElement => {
      const box = h('input', {type: 'checkbox', checked: s.visible[key], onchange: () => store.set({visible: {...store.state.visible, [key]: box.checked}})});
      return h('label', {class: 'check'}, box, t(text));
    };
    const opacity = h('input', {type: 'range', min: 0, max: 100, step: 5, 'aria-label': t('opacity'), oninput: () => store.set({opacity: Number(opacity.value) / 100})});
    opacity.value = String(Math.round(s.opacity * 100));
    const focused = this.element.contains(document.activeElement) ? document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.parentElement?.textContent : null;
    fill(
      this.element,
      h('header', {}, h('h2', {}, t('layers')), button('×', () => this.toggle(), {class: 'icon', 'aria-label': t('close')})),
      this.app.source.live && h('label', {class: 'row'}, h('span', {}, t('layer_signal')), select(t('layer_signal'), s.layer, [['', t('layer_all')], ...run.layers.map((l): [string, string] => [l.id, `${l.operator} ${l.technology} ${l.carrier || num(l.frequency_mhz)}`])], (v) => store.set({layer: v}))),
      h('label', {class: 'row'}, h('span', {}, t('colour_by')), select(t('colour_by'), s.colour, [['class', t('colour_class')], ['level', t('colour_level')]], (v) => store.set({colour: v as State['colour']}))),
      h('label', {class: 'row'}, h('span', {}, t('opacity')), opacity),
      check('hexes', 'layer_signal'), check('relief', 'relief'), check('communes', 'communes'), check('marks', 'village_marks'), check('areas', 'village_areas'), check('sites', 'sites'), check('plan', 'plan'),
    );
    if (focused) [...this.element.querySelectorAll<HTMLElement>('select, input')].find((e) => (e.getAttribute('aria-label') ?? e.parentElement?.textContent) === focused)?.focus();
    this.drawLegend();
  }

  private drawLegend(): void {
    const {store, run} = this.app;
    const s = store.state;
    const item = (kind: string, text: string, colour = ''): HTMLElement => h('li', {}, h('i', {class: `swatch ${kind}`, style: colour ? `background:${colour}` : null}), text);
    const layer = run.layers.find((l) => l.id === s.layer);
    const thresholds = Object.entries(run.criterion.thresholds).filter(([k]) => !layer || layer.technology === k);
    const asked = thresholds.map(([k, v]) => t('from_dbm', {technology: k, dbm: num(v.served_dbm)})).join(', ');
    const hexes =
      s.colour === 'class'
        ? [item('hex served', t('served')), item('hex weak', t('weak')), item('hex none', t('none'))]
        : [...levelSteps.map((v, i) => item('hex', t('at_least', {dbm: num(v)}), levelColours[i + 1]!)).reverse(), item('hex', t('below', {dbm: num(levelSteps[0]!)}), levelColours[0]!)];
    fill(
      this.legend,
      h(
        'details', {open: innerWidth > 700},
        h('summary', {}, t('legend')),
        s.visible.hexes && h('h3', {}, `${t('layer_signal')}: ${asked}`), s.visible.hexes && h('ul', {}, ...hexes),
        s.visible.marks && h('ul', {}, item('mark none', t('gap_none')), item('mark weak', t('gap_weak')), item('mark hollow', t('gap_declared')), item('mark faint', t('uncertain'))),
        h('ul', {}, s.visible.sites && item('site', t('sites')), s.visible.plan && this.app.runPlan && item('planned', t('planned'))),
      ),
    );
  }
}
