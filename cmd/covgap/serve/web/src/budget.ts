// The budget: how much of the plan it pays for, what that serves, and what the best plan
// for exactly that budget would.

import type {App, Part} from './app';
import {button, fill, h, s} from './dom';
import {nice} from './profile';
import {money, num, percent, t, word} from './strings';
import type {Plan, PlanRow} from './types';

export class Budget implements Part {
  readonly element = h('section', {class: 'budget', 'aria-label': t('tab_budget')});
  private readonly app: App;
  private readonly figures = h('div', {class: 'figures', 'aria-live': 'polite'});
  private readonly chart = h('div', {class: 'chart'});
  private readonly proof = h('div', {class: 'proof'});
  private readonly rows = h('tbody');
  private plan: Plan | null;
  private solving: AbortController | null = null;

  constructor(app: App) {
    this.app = app;
    this.plan = app.runPlan;
    this.draw();
    app.store.on((changed) => {
      if (changed.has('budgetBy')) this.draw();
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
      this.chart, slider, this.figures, this.proof,
      source.live && h('p', {class: 'buttons'}, button(t('solve'), () => void this.solve(), {class: 'primary', id: 'solve'})),
      h('h3', {}, t('plan_actions')),
      h(
        'table', {class: 'small actions'},
        h('thead', {}, h('tr', {}, h('th', {class: 'n', scope: 'col'}, '#'), h('th', {scope: 'col'}, t('col_what')), h('th', {class: 'n', scope: 'col'}, t('col_cost')), h('th', {class: 'n', scope: 'col'}, t('col_newly')), source.live && h('th', {scope: 'col'}, h('span', {class: 'hidden'}, t('must'))))),
        this.rows,
      ),
    );
    this.update();
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
    const {store, map, frontier, runPlan} = this.app;
    const s = store.state;
    const built = this.built();
    const last = built[built.length - 1];
    const cost = built.reduce((sum, r) => sum + r.cost, 0);
    const people = last?.people_cumulative ?? 0;
    const limit = s.budgetBy === 'money' ? s.budget * plan.cost : s.budget;
    map.plan(plan.rows, new Set(built.map((r) => r.rank)));

    // The frontier holds the best for some limits; for one between them, the best of the next lower is sure.
    const points = plan === runPlan ? frontier : [];
    const at = (p: (typeof points)[number]): number => (s.budgetBy === 'money' ? p.budget : p.count) ?? p.actions;
    const below = [...points].reverse().find((p) => (s.budgetBy === 'money' ? (p.budget ?? p.cost) : at(p)) <= limit * 1.0001 + 0.005);
    fill(
      this.figures,
      figure(s.budgetBy === 'money' ? money(limit, plan.currency) : num(limit), s.budgetBy === 'money' ? t('budget_slider') : t('count_slider')),
      figure(num(last?.villages_cumulative ?? 0), `${t('villages_served')} (${t('of_all', {value: num(last?.villages_cumulative ?? 0), all: num(plan.targets)})})`),
      figure(num(people), t('people_newly')),
      figure(num(built.length), `${t('actions_n', {n: num(built.length), all: num(plan.rows.length)})}, ${money(cost, plan.currency)}`),
    );
    const gap = percent(plan.gap, 2);
    fill(
      this.proof,
      below && h('p', {}, h('b', {}, `${t('best_for')}: `), `${t('best_value', {value: num(below.value)})}; ${t('at_most', {bound: num(below.bound)})}.`),
      below && below.price_of_nested > 0.5 && h('p', {}, h('b', {}, `${t('nesting')}: `), `${t('nesting_long', {people: num(below.price_of_nested)})}.`),
      h('p', {title: plan.meaning}, h('b', {}, `${t('gap_proven')}: `), plan.proven ? t('proven_best') : `${gap}. ${t(plan.objective.goal === 'eliminate' ? 'gap_eliminate' : 'gap_other', {gap})}`),
    );
    this.drawChart(limit);
    const in_ = new Set(built.map((r) => r.rank));
    fill(this.rows, ...[...plan.rows].sort((a, b) => a.rank - b.rank).map((r) => this.row(r, in_.has(r.rank))));
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
      h('td', {class: 'n'}, h('span', {class: built ? 'rank' : 'rank later'}, r.rank)),
      h('td', {}, button(`${word(r.action)} ${r.site_id}`, () => map.fly([r.longitude, r.latitude], 11), {class: 'link'}), h('small', {}, [r.commune, r.technology].filter((x) => x !== '').join(' · '))),
      h('td', {class: 'n'}, num(r.cost / 1000), h('small', {}, `k ${r.currency}`)),
      h('td', {class: 'n'}, num(r.people_new)),
      source.live && h('td', {class: 'toggles'}, toggle('must', t('must'), t('must_long')), toggle('mustNot', t('must_not'), t('must_not_long'))),
    );
  }

  private drawChart(limit: number): void {
    const plan = this.plan!;
    const {store, frontier, runPlan} = this.app;
    const byMoney = store.state.budgetBy === 'money';
    const width = 400;
    const height = 150;
    const [left, right, top, bottom] = [40, 10, 8, 22];
    const rows = [...plan.rows].sort((a, b) => a.rank - b.rank);
    let spent = 0;
    const order: [number, number][] = [[0, 0], ...rows.map((r, i): [number, number] => [byMoney ? (spent += r.cost) : i + 1, r.people_cumulative ?? 0])];
    const best: [number, number][] = plan === runPlan ? frontier.filter((p) => byMoney || p.count !== null).map((p): [number, number] => [byMoney ? p.cost : (p.count ?? p.actions), p.value]) : [];
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
    fill(this.chart, svg as unknown as Node, h('p', {class: 'key'}, best.length > 0 && h('span', {class: 'k-best'}, t('frontier_best')), h('span', {class: 'k-order'}, t('frontier_order'))));
  }

  /** Asks for the best plan within the limit, with what must and must not be. */
  private async solve(): Promise<void> {
    const live = this.app.source.live;
    if (!live || !this.plan) return;
    this.solving?.abort();
    const turn = (this.solving = new AbortController());
    const s = this.app.store.state;
    const note = h('p', {class: 'busy', role: 'status'}, t('solving'));
    this.proof.append(note);
    try {
      const limit = s.budgetBy === 'money' ? s.budget * this.plan.cost : s.budget;
      const plan = await live.solve({goal: s.budgetBy === 'money' ? 'budget' : 'count', limit, must: s.must, must_not: s.mustNot}, turn.signal);
      this.use(plan);
      this.app.say(t('solved', {limit: s.budgetBy === 'money' ? money(limit, plan.currency) : num(limit)}));
    } catch (error) {
      if (!turn.signal.aborted) fill(note, t('failed', {error: (error as Error).message}));
      note.className = 'error';
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
