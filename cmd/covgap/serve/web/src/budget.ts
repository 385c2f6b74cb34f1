// The budget: how much of the plan it pays for, what that serves, and what the best plan
// for exactly that budget would.

import type {App, Part} from './app';
import {button, fill, h, s} from './dom';
import {nice} from './profile';
import {money, num, percent, t, word} from './strings';
import type {FrontierPoint, Plan, PlanRow} from './types';

export class Budget implements Part {
  readonly element = h('section', {class: 'budget', 'aria-label': t('tab_budget')});
  private readonly app: App;
  private readonly figures = h('div', {class: 'figures', 'aria-live': 'polite'});
  private readonly chart = h('div', {class: 'chart'});
  private readonly proof = h('div', {class: 'proof'});
  private readonly rows = h('tbody');
  private readonly title = h('h3');
  private readonly note = h('p', {class: 'quiet'});
  private readonly working = h('div', {class: 'working'});
  private plan: Plan | null;
  private solving: AbortController | null = null;

  constructor(app: App) {
    this.app = app;
    this.plan = app.runPlan;
    this.draw();
    app.store.on((changed) => {
      if (changed.has('budgetBy') || changed.has('along')) this.draw();
      else if (changed.has('budget') || changed.has('must') || changed.has('mustNot')) this.update();
    });
  }

  private draw(): void {
    const {store, source} = this.app;
    const plan = this.plan;
    if (!plan || plan.rows.length === 0) {
      fill(this.element, h('h2', {}, t('budget_title')), h('p', {class: 'quiet'}, t('no_plan')));
      return;
    }
    const by = store.state.budgetBy;
    const slider = h('input', {
      type: 'range', id: 'budget', min: 0, max: by === 'money' ? 1000 : plan.rows.length, step: 1, 'aria-label': t(by === 'money' ? 'budget_slider' : 'count_slider'),
      oninput: () => store.set({budget: by === 'money' ? Number(slider.value) / 1000 : Number(slider.value)}),
    });
    slider.value = String(by === 'money' ? Math.round(Math.min(store.state.budget, 1) * 1000) : Math.min(store.state.budget, plan.rows.length));
    const chose = (to: 'money' | 'count'): HTMLElement =>
      h('label', {class: 'radio'}, h('input', {type: 'radio', name: 'budget-by', checked: by === to, onchange: () => store.set({budgetBy: to, budget: to === 'money' ? 1 : plan.rows.length})}), t(to === 'money' ? 'by_money' : 'by_count'));
    fill(
      this.element,
      h('h2', {}, t('budget_title')),
      h('div', {class: 'line'}, h('fieldset', {class: 'radios'}, h('legend', {class: 'hidden'}, t('budget_slider')), chose('money'), chose('count')), plan !== this.app.runPlan && button(t('solved_back'), () => this.use(this.app.runPlan), {class: 'link'})),
      this.chart, this.lines(), slider, this.figures, this.proof,
      source.live && h('p', {class: 'buttons'}, button(t('solve'), () => void this.solve(), {class: 'primary', id: 'solve'})), this.working,
      this.title, this.note,
      h(
        'table', {class: 'small actions'},
        h('thead', {}, h('tr', {}, h('th', {class: 'n', scope: 'col'}, '#'), h('th', {scope: 'col'}, t('col_what')), h('th', {class: 'n', scope: 'col'}, t('col_cost', {currency: plan.currency})), h('th', {class: 'n', scope: 'col'}, t('col_newly')), source.live && h('th', {scope: 'col'}, h('span', {class: 'hidden'}, t('must'))))),
        this.rows,
      ),
    );
    this.update();
  }

  /** The points whose plans can be shown, from the smallest budget. */
  private points(): FrontierPoint[] {
    return this.plan === this.app.runPlan ? this.app.frontier : [];
  }

  /** Where a point stands on the scale of the budget. */
  private at(p: FrontierPoint): number {
    return this.app.store.state.budgetBy === 'money' ? (p.budget ?? p.cost) : (p.count ?? p.actions);
  }

  /** The frontier holds the best for some limits; for one between them, the best of the next lower is sure. */
  private below(limit: number): FrontierPoint | undefined {
    return this.points().findLast((p) => this.at(p) <= limit * 1.0001 + 0.005);
  }

  /** What is built at a point: rows of the plan where it has the same, else rows of rank 0. */
  private chosen(p: FrontierPoint | undefined): PlanRow[] {
    const key = (a: {action: string; longitude: number; latitude: number}): string => `${a.action} ${a.longitude.toFixed(4)} ${a.latitude.toFixed(4)}`;
    const planned = new Map(this.plan!.rows.map((r) => [key(r), r]));
    return (p?.choice ?? []).map((a) => planned.get(key(a)) ?? {
      rank: 0, action: a.action, template: a.template ?? '', site_id: a.place, commune: this.app.village.get(a.villages?.[0] ?? '')?.commune ?? '', longitude: a.longitude, latitude: a.latitude,
      operator: '', technology: '', cost: a.cost, currency: this.plan!.currency, people_new: null, people_cumulative: null, villages_cumulative: 0,
    });
  }

  /** The actions that the budget pays for, in build order. */
  private built(): PlanRow[] {
    const {budgetBy, budget} = this.app.store.state;
    const plan = this.plan!;
    const rows = [...plan.rows].sort((a, b) => a.rank - b.rank);
    if (budgetBy === 'count') return rows.slice(0, budget);
    const limit = budget * plan.cost + 0.005; // cents that adding up loses
    const out: PlanRow[] = [];
    let spent = 0;
    for (const r of rows) {
      spent += r.cost;
      if (spent > limit) break;
      out.push(r);
    }
    return out;
  }

  private update(): void {
    const plan = this.plan;
    if (!plan || plan.rows.length === 0) return;
    const {store, map} = this.app;
    const s = store.state;
    const limit = s.budgetBy === 'money' ? s.budget * plan.cost : s.budget;
    const below = this.below(limit);
    const best = s.along === 'best' && this.points().length > 0;
    const built = best ? this.chosen(below) : this.built();
    const last = built[built.length - 1];
    const cost = best ? (below?.cost ?? 0) : built.reduce((sum, r) => sum + r.cost, 0);
    const people = best ? (below?.value ?? 0) : (last?.people_cumulative ?? 0);
    const villages = best ? new Set((below?.choice ?? []).flatMap((a) => a.villages ?? [])).size : (last?.villages_cumulative ?? 0);
    const drawn = [...plan.rows, ...built.filter((r) => r.rank === 0)];
    const has = new Set(built);
    map.plan(drawn, has);
    const shownLimit = s.budgetBy === 'money' ? money(limit, plan.currency) : num(limit);
    fill(
      this.figures,
      figure(shownLimit, s.budgetBy === 'money' ? t('budget_slider') : t('count_slider')),
      figure(num(villages), `${t('villages_served')} (${t('of_all', {value: num(villages), all: num(plan.targets)})})`),
      figure(num(people), t('people_newly')),
      figure(num(built.length), `${t('actions_n', {n: num(built.length), all: num(plan.rows.length)})}, ${money(cost, plan.currency)}`),
    );
    fill(
      this.proof,
      below && h('p', {}, h('b', {}, `${t('best_for')}: `), `${t('best_value', {value: num(below.value)})}; ${t('at_most', {bound: num(below.bound)})}.`),
      below && below.price_of_nested > 0.5 && h('p', {}, h('b', {}, `${t('nesting')}: `), `${t('nesting_long', {people: num(below.price_of_nested)})}.`),
      best
        ? below && h('p', {}, h('b', {}, `${t('gap_proven')}: `), below.bound > below.value ? `${percent((below.bound - below.value) / below.bound, 2)}. ${t('gap_point', {gap: num(below.bound - below.value)})}` : t('proven_best'))
        : this.proven(plan),
    );
    this.title.textContent = best ? t('best_actions', {limit: shownLimit}) : t('plan_actions');
    this.note.textContent = best ? t('best_note') : '';
    this.drawChart(limit);
    const listed = best ? built.toSorted((a, b) => (a.rank || Infinity) - (b.rank || Infinity)) : plan.rows.toSorted((a, b) => a.rank - b.rank);
    fill(this.rows, ...listed.map((r) => this.row(r, has.has(r))));
  }

  /** How far from the best a plan is at most. */
  private proven(plan: Plan): HTMLElement {
    if (plan.gap === undefined) return h('p', {}, plan.meaning);
    const gap = percent(plan.gap, 2);
    return h('p', {title: plan.meaning}, h('b', {}, `${t('gap_proven')}: `), plan.proven ? t('proven_best') : `${gap}. ${t(plan.objective.goal === 'eliminate' ? 'gap_eliminate' : 'gap_other', {gap})}`);
  }

  /** The key of the drawing: which of the two lines is dragged along, and shown on the map. */
  private lines(): HTMLElement {
    const {store} = this.app;
    const line = (along: 'order' | 'best'): HTMLElement =>
      h('label', {class: 'radio'}, h('input', {type: 'radio', name: 'along', value: along, checked: store.state.along === along, onchange: () => store.set({along})}), h('span', {class: `k-${along}`}, t(`frontier_${along}`)));
    if (this.points().length === 0) return h('p', {class: 'key'}, h('span', {class: 'k-order'}, t('frontier_order')));
    return h('fieldset', {class: 'radios lines key'}, h('legend', {class: 'hidden'}, t('along')), line('order'), line('best'));
  }

  private row(r: PlanRow, built: boolean): HTMLElement {
    const {store, map, source} = this.app;
    const s = store.state;
    const toggle = (key: 'must' | 'mustNot', text: string, long: string): HTMLElement => {
      const on = s[key].includes(r.site_id);
      const other = key === 'must' ? 'mustNot' : 'must';
      return button(text, () => store.set({[key]: on ? s[key].filter((x) => x !== r.site_id) : [...s[key], r.site_id], [other]: s[other].filter((x) => x !== r.site_id)}), {class: 'toggle', 'aria-pressed': String(on), title: long, 'aria-label': `${long}: ${r.site_id}`});
    };
    return h(
      'tr', {class: built ? null : 'later'},
      h('td', {class: 'n'}, h('span', {class: built ? 'rank' : 'rank later'}, r.rank || '+')),
      h('td', {}, button(`${word(r.action)} ${r.site_id}`, () => map.fly([r.longitude, r.latitude], 11), {class: 'link'}), h('small', {}, [r.commune, r.technology].filter((x) => x !== '').join(' · '))),
      h('td', {class: 'n'}, num(r.cost / 1000, r.cost < 10_000 ? 1 : 0)),
      h('td', {class: 'n'}, r.people_new === null ? '–' : num(r.people_new)),
      source.live && h('td', {class: 'toggles'}, toggle('must', t('must'), t('must_long')), toggle('mustNot', t('must_not'), t('must_not_long'))),
    );
  }

  private drawChart(limit: number): void {
    const plan = this.plan!;
    const {store} = this.app;
    const byMoney = store.state.budgetBy === 'money';
    const width = 400;
    const height = 150;
    const [left, right, top, bottom] = [40, 10, 8, 22];
    const rows = [...plan.rows].sort((a, b) => a.rank - b.rank);
    let spent = 0;
    const order: [number, number][] = [[0, 0], ...rows.map((r, i): [number, number] => [byMoney ? (spent += r.cost) : i + 1, r.people_cumulative ?? 0])];
    const best = this.points().map((p): [number, number] => [this.at(p), p.value]);
    const mostX = byMoney ? plan.cost : plan.rows.length;
    const mostY = Math.max(1, ...order.map((p) => p[1]), ...best.map((p) => p[1]));
    const X = (v: number): number => left + (Math.min(v, mostX) / mostX) * (width - left - right);
    const Y = (v: number): number => height - bottom - (v / (mostY * 1.05)) * (height - top - bottom);
    const stepY = nice(mostY / 3);
    const grid: SVGElement[] = [];
    for (let v = 0; v <= mostY; v += stepY) grid.push(s('line', {x1: left, x2: width - right, y1: Y(v), y2: Y(v), class: 'grid'}), s('text', {x: left - 4, y: Y(v) + 3, 'text-anchor': 'end'}, num(v)));
    const stepX = nice(mostX / 4);
    for (let v = stepX; X(v) < width - right - 12; v += stepX) grid.push(s('text', {x: X(v), y: height - 7, 'text-anchor': 'middle'}, byMoney ? money(v, '') : num(v)));
    const steps = order.map(([x, y], i) => (i === 0 ? `M${X(x)} ${Y(y)}` : `H${X(x).toFixed(1)}V${Y(y).toFixed(1)}`)).join('');
    const svg = s(
      'svg', {viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': t('frontier')},
      ...grid,
      s('path', {d: best.map(([x, y], i) => `${i ? 'L' : 'M'}${X(x).toFixed(1)} ${Y(y).toFixed(1)}`).join(''), class: 'best'}),
      ...best.map(([x, y]) => s('circle', {cx: X(x), cy: Y(y), r: 2.6, class: 'best-point'})),
      s('path', {d: steps, class: 'order'}),
      s('line', {x1: X(limit), x2: X(limit), y1: top, y2: height - bottom, class: 'limit'}),
    );
    // Drag on the drawing itself, as on the slider below.
    const drag = (e: PointerEvent): void => {
      const box = this.chart.firstElementChild!.getBoundingClientRect(); // drawn anew with each step
      const share = Math.min(Math.max(((((e.clientX - box.left) / box.width) * width - left) / (width - left - right)), 0), 1);
      store.set({budget: byMoney ? Math.round(share * 1000) / 1000 : Math.round(share * plan.rows.length)});
      const slider = this.element.querySelector<HTMLInputElement>('#budget');
      if (slider) slider.value = String(byMoney ? Math.round(share * 1000) : Math.round(share * plan.rows.length));
    };
    this.chart.onpointerdown = (e) => {
      this.chart.setPointerCapture(e.pointerId);
      drag(e);
      this.chart.onpointermove = drag;
    };
    this.chart.onpointerup = this.chart.onpointercancel = () => (this.chart.onpointermove = null);
    fill(this.chart, svg as unknown as Node);
  }

  /** Asks for the best plan within the limit, with what must and must not be. */
  private async solve(): Promise<void> {
    const live = this.app.source.live;
    if (!live || !this.plan) return;
    this.solving?.abort();
    const turn = (this.solving = new AbortController());
    const s = this.app.store.state;
    const began = Date.now();
    const note = h('p', {class: 'busy', role: 'status'}, t('solving', {s: 0}));
    const ticking = window.setInterval(() => (note.textContent = t('solving', {s: Math.round((Date.now() - began) / 1000)})), 1000);
    fill(this.working, note, button(t('stop'), () => turn.abort(), {id: 'stop-solving'}));
    const end = (text: string, error: boolean): void => {
      if (this.solving === turn) fill(this.working, text && h('p', {class: error ? 'error' : 'quiet', role: error ? 'alert' : 'status'}, text));
    };
    try {
      const limit = s.budgetBy === 'money' ? s.budget * this.plan.cost : s.budget;
      const plan = await live.solve({goal: s.budgetBy === 'money' ? 'budget' : 'count', limit, must: s.must, must_not: s.mustNot}, turn.signal);
      this.use(plan);
      end(t('solved', {limit: s.budgetBy === 'money' ? money(limit, plan.currency) : num(limit)}), false);
    } catch (error) {
      end(turn.signal.aborted ? t('stopped') : t('failed', {error: (error as Error).message}), !turn.signal.aborted);
    } finally {
      window.clearInterval(ticking);
    }
  }

  private use(plan: Plan | null): void {
    this.plan = plan;
    this.app.store.set({budget: this.app.store.state.budgetBy === 'money' ? 1 : (plan?.rows.length ?? 0)});
    this.draw();
  }
}

function figure(value: string, text: string): HTMLElement {
  return h('div', {class: 'figure'}, h('b', {}, value), h('span', {}, text));
}
