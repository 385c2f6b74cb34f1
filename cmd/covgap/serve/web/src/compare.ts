// Two plans, or two runs of the same area: side by side in tables, and by swipe on the map.

import type {App, Part} from './app';
import {button, fill, h} from './dom';
import type {Sides} from './map';
import {classColour, diff, planInk} from './palette';
import type {Comparison, PlanComparison, RunComparison} from './source';
import {money, num, percent, t, word} from './strings';
import type {Action, Class, LonLat} from './types';

/** A line of a table: what is compared, of A and of B, and how it is written. */
type Row = [string, number | null, number | null, (v: number) => string];

export class Compare implements Part {
  readonly element = h('section', {class: 'compare', 'aria-label': t('tab_compare')});
  private readonly app: App;
  private readonly result = h('div', {'aria-live': 'polite'});
  private readonly files = h('datalist', {id: 'compare-files'});
  private sides: Sides | null = null;

  constructor(app: App) {
    this.app = app;
    const {store} = app;
    const field = (label: 'compare_a' | 'compare_b', key: 'compareA' | 'compareB'): HTMLElement => {
      const input = h('input', {type: 'text', list: 'compare-files', value: store.state[key], placeholder: key === 'compareA' ? 'out/plan.yaml' : 'plans/…', oninput: () => store.set({[key]: input.value})});
      return h('label', {}, h('span', {}, t(label)), input);
    };
    fill(
      this.element,
      h('h2', {}, t('compare_title')), h('p', {class: 'quiet'}, t('compare_hint')),
      h('form', {class: 'pair', onsubmit: (e: Event) => {
        e.preventDefault();
        void this.ask();
      }}, field('compare_a', 'compareA'), field('compare_b', 'compareB'), h('button', {type: 'submit', class: 'primary', id: 'compare-go'}, t('compare_go'))), this.files,
      this.result,
    );
    app.store.on((changed) => {
      if (!changed.has('tab')) return;
      this.show();
      if (store.state.tab === 'compare') void this.offer();
    });
    if (store.state.tab === 'compare') void this.offer();
    if (store.state.tab === 'compare' && store.state.compareA && store.state.compareB) void this.ask();
  }

  /** Offers the plans that are there. */
  private async offer(): Promise<void> {
    const saved = (await this.app.source.live?.saved().catch(() => [])) ?? [];
    const {runPlan, run} = this.app;
    fill(
      this.files, ...(runPlan ? ['out/plan.yaml', ...saved] : saved).map((f) => h('option', {value: f, label: t('compare_is_plan')})),
      ...run.dates.toReversed().map((d) => h('option', {value: d, label: t('compare_is_date')})),
    );
  }

  private show(): void {
    this.app.map.swipe(this.app.store.state.tab === 'compare' ? this.sides : null, t('swipe_handle'));
  }

  private async ask(): Promise<void> {
    const {store, source} = this.app;
    if (!source.live) return;
    fill(this.result, h('p', {class: 'busy', role: 'status'}, t('asking')));
    try {
      const c = await source.live.compare(store.state.compareA, store.state.compareB);
      this.draw(c);
    } catch (error) {
      this.sides = null;
      fill(this.result, h('p', {class: 'error', role: 'alert'}, t('failed', {error: (error as Error).message})));
    }
    this.show();
  }

  private draw(c: Comparison): void {
    if ('actions' in c) this.plans(c);
    else this.runs(c);
  }

  private table(rows: Row[]): HTMLElement {
    return h(
      'table', {class: 'small'},
      h('thead', {}, h('tr', {}, h('td', {}), h('th', {class: 'n', scope: 'col'}, 'A'), h('th', {class: 'n', scope: 'col'}, 'B'), h('th', {class: 'n', scope: 'col'}, '±'))),
      h('tbody', {}, ...rows.map(([text, a, b, show]) => h('tr', {}, h('th', {scope: 'row'}, text), h('td', {class: 'n'}, a === null ? '–' : show(a)), h('td', {class: 'n'}, b === null ? '–' : show(b)), h('td', {class: 'n'}, a === null || b === null ? '–' : (b - a > 0 ? '+' : '') + show(b - a))))),
    );
  }

  private plans(c: PlanComparison): void {
    const {store} = this.app;
    const cash = (v: number): string => money(v, '');
    const point = (a: Action, colour: string): Sides['a'][number] => ({at: [a.longitude!, a.latitude!], colour});
    const placed = (a: Action | undefined): a is Action => a?.longitude !== undefined && a.latitude !== undefined;
    this.sides = {
      a: c.actions.filter((p) => placed(p.before)).map((p) => point(p.before!, p.fate === 'same' ? planInk : diff.lost)),
      b: c.actions.filter((p) => placed(p.after)).map((p) => point(p.after!, p.fate === 'same' ? planInk : diff.gained)),
    };
    const fates = {same: 'same', altered: 'changed', moved: 'moved', added: 'added', dropped: 'dropped'} as const;
    const changed = c.actions.filter((p) => p.fate !== 'same');
    fill(
      this.result,
      h('h3', {}, t('difference')),
      this.table([
        [t('actions'), c.before.actions, c.after.actions, num],
        [`${t('cost')}, ${c.before.currency}`, c.before.cost, c.after.cost, cash],
        [t('villages'), c.before.villages, c.after.villages, num],
        [t('people_newly'), c.before.people_new, c.after.people_new, num],
        ...(c.before.gap !== undefined && c.after.gap !== undefined ? [[t('gap_proven'), c.before.gap, c.after.gap, (v: number) => percent(v, 2)] as Row] : []),
      ]),
      ...([['A', c.before.unappraised, store.state.compareA], ['B', c.after.unappraised, store.state.compareB]] as const).map(([side, n, file]) => n > 0 && h('p', {class: 'warn'}, t('compare_unappraised', {side, n: num(n)}), h('code', {}, `covgap plan --from ${file} --keep -o DIR`))),
      c.differs && c.differs.length > 0 && h('p', {class: 'warn'}, t('compare_differs', {what: c.differs.join('; ')})),
      h('p', {class: 'key'}, ...(['same', 'altered', 'moved', 'added', 'dropped'] as const).map((f) => h('span', {}, `${num(c.actions.filter((p) => p.fate === f).length)} ${t(fates[f])}`))),
      this.villages(t('gained'), c.villages_gained), this.villages(t('lost'), c.villages_lost),
      changed.length > 0 && h('table', {class: 'small'}, h('tbody', {}, ...changed.map((p) => {
        const a = (p.after ?? p.before)!;
        return h('tr', {}, h('td', {}, t(fates[p.fate])), h('td', {}, placed(a) ? button(`${word(a.action)} ${a.site_id ?? ''}`, () => this.app.map.fly([a.longitude!, a.latitude!], 11), {class: 'link'}) : (p.after ?? p.before)?.site_id), h('td', {class: 'quiet'}, p.distance_m ? `${num(p.distance_m)} m` : (p.fields ?? []).join(', ')));
      }))),
    );
  }

  private villages(title: string, ids: string[] | null): HTMLElement | null {
    if (!ids || ids.length === 0) return null;
    return h('p', {}, h('b', {}, `${title} (${num(ids.length)}): `), ...ids.slice(0, 24).flatMap((id, i) => [i > 0 ? ', ' : '', button(this.app.village.get(id)?.name ?? id, () => this.app.ask({kind: 'village', id}, true), {class: 'link'})]), ids.length > 24 && ` + ${num(ids.length - 24)}`);
  }

  private runs(c: RunComparison): void {
    const villages = c.villages ?? [];
    const changed = villages.filter((x) => x.class_before !== x.class_after);
    const marks = (side: 'class_before' | 'class_after'): Sides['a'] =>
      villages.flatMap((x) => {
        const k = x[side];
        return k === '' ? [] : [{at: [x.longitude, x.latitude] as LonLat, colour: classColour[k]}];
      });
    this.sides = {a: marks('class_before'), b: marks('class_after')};
    const side = (s: RunComparison['before']): string => s.network_date ?? s.project;
    const b = c.before.villages;
    const a = c.after.villages;
    fill(
      this.result,
      h('h3', {}, t('difference')), h('p', {class: 'quiet'}, `A: ${side(c.before)} · B: ${side(c.after)}`),
      this.table([
        [t('gaps_before_after'), b.gaps, a.gaps, num], [t('weak'), b.weak, a.weak, num], [t('none'), b.none, a.none, num],
        [t('power_no'), b.gaps_without_grid, a.gaps_without_grid, num], [t('people_without'), b.people_unserved, a.people_unserved, num], [t('sites'), c.before.sites, c.after.sites, num],
      ]),
      h('p', {class: 'key'}, ...Object.entries({...c.gaps_before, ...c.gaps_after}).filter(([, n]) => n > 0).map(([k, n]) => h('span', {}, `${num(n)} ${word(k)}`))),
      h('p', {class: 'quiet'}, t('compare_marks')),
      h('h3', {}, t('compare_changed', {n: num(changed.length)})),
      changed.length > 0 && h(
        'table', {class: 'small changed'},
        h('thead', {}, h('tr', {}, h('th', {scope: 'col'}, t('col_village')), h('th', {scope: 'col'}, 'A'), h('th', {scope: 'col'}, 'B'), h('th', {scope: 'col'}, t('difference')))),
        h('tbody', {}, ...changed.toSorted((x, y) => order(x.change) - order(y.change) || x.village_id.localeCompare(y.village_id)).map((x) => h(
          'tr', {},
          h('td', {}, this.app.village.has(x.village_id) ? button(x.name || x.village_id, () => this.app.map.fly([x.longitude, x.latitude], 12), {class: 'link'}) : x.name || x.village_id, h('small', {}, x.commune)),
          h('td', {}, classWord(x.class_before)), h('td', {}, classWord(x.class_after)), h('td', {}, word(x.change)),
        ))),
      ),
    );
  }
}

/** Gaps that are new come first, then what became worse, better and served. */
const order = (change: string): number => ['new_gap', 'worse', 'new_village', 'better', 'became_served', 'vanished'].indexOf(change);

function classWord(k: Class | ''): HTMLElement | string {
  return k === '' ? '–' : h('span', {class: `class ${k}`}, word(k));
}
