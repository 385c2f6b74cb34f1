// The line that is always in view: by what the page judges, and how sure that is.

import type {App, Part} from './app';
import type {Folder, Live} from './source';
import {button, fill, h} from './dom';
import {num, percent, t, type Key} from './strings';

// Mean edges of H3 cells in metres by resolution (https://h3geo.org/docs/core-library/restable).
const edgeM: Record<number, number> = {7: 1406, 8: 531, 9: 201, 10: 76, 11: 29, 12: 11};

/** How often the server is asked whether the results are still those in the folder, in milliseconds. */
const lookMs = 30_000;

export class Status implements Part {
  readonly element = h('footer', {class: 'status'});
  readonly about = h('dialog', {class: 'about', 'aria-labelledby': 'about-title'});
  private readonly app: App;
  private readonly newer = h('span', {class: 'part warn', id: 'newer', role: 'status'});

  constructor(app: App, ended: AbortSignal) {
    this.app = app;
    const {criterion: c, model: m, defaults, robustness: r} = app.run;
    const levels = Object.entries(c.thresholds).map(([k, v]) => t('from_dbm', {technology: k, dbm: num(v.served_dbm)})).join(', ');
    const part = (name: Key, text: string, kind = ''): HTMLElement => h('span', {class: `part ${kind}`}, h('b', {}, t(name)), ` ${text}`);
    const assumed = defaults.reduce((sum, d) => sum + d.rows, 0);
    fill(
      this.element,
      part('criterion', `${t('criterion_line', {name: c.name, version: c.version, levels, share: c.rule === 'centre' ? '' : percent(c.target_share), rule: t(`rule_${c.rule}`)})}, ${c.indoor ? t('indoors') : t('outdoors', {h: num(c.receiver_height_m, 1)})}`),
      part('model', `${t('model_line', {name: m.name, edge: num(edgeM[m.resolution] ?? 0), km: num(m.radius_km)})}, ${t(m.calibration ? 'calibrated' : 'uncalibrated')}`),
      part('defaults', assumed === 0 ? t('defaults_none') : t('defaults_n', {n: num(assumed)}), assumed > 0 ? 'warn' : ''),
      part('uncertainty', r ? t('uncertainty_line', {weak: num(r.surely_weak), maybe: num(r.uncertain), served: num(r.surely_served)}) : t('uncertainty_none')),
      this.newer,
      button(t('about_run'), () => this.open(), {class: 'link', id: 'about-run'}),
    );
    this.fillAbout();
    if (app.source.live) this.watch(app.source.live, ended);
  }

  /** Looks now and then whether a run has put others in the place of the results. */
  private watch(live: Live, ended: AbortSignal): void {
    const look = async (): Promise<void> => {
      if (document.hidden) return;
      try {
        const folder = await live.folder();
        if (!ended.aborted) this.tell(folder);
      } catch {
        // a server that was stopped: the next question says so
      }
    };
    const timer = setInterval(() => void look(), lookMs);
    ended.addEventListener('abort', () => clearInterval(timer));
    document.addEventListener('visibilitychange', () => void look(), {signal: ended});
  }

  private tell({version, results}: Folder): void {
    const said: Key | '' = version !== this.app.run.version ? 'newer_server' : results === 'replaced' ? 'newer_results' : results === 'unfinished' ? 'newer_soon' : '';
    const text = said && t(said);
    if (this.newer.textContent !== text) this.newer.textContent = text;
  }

  private open(): void {
    this.about.showModal();
  }

  private fillAbout(): void {
    const {run} = this.app;
    const {criterion: c, model: m, robustness: r} = run;
    const row = (name: string, value: string): HTMLElement[] => [h('dt', {}, name), h('dd', {}, value)];
    fill(
      this.about,
      h('header', {}, h('h2', {id: 'about-title'}, run.project), button('×', () => this.about.close(), {class: 'icon', 'aria-label': t('close')})),
      run.synthetic && h('p', {class: 'badge'}, t('synthetic_long')),
      h(
        'dl', {class: 'facts'},
        ...row(t('criterion'), `${c.name} v${c.version}`),
        ...Object.entries(c.thresholds).flatMap(([k, v]) => row(k, `${t('served')}: ${t('at_least', {dbm: num(v.served_dbm)})}; ${t('none')}: ${t('below', {dbm: num(v.no_signal_dbm)})}`)),
        ...row(t('model'), `${m.name}, ${m.source}; ${t(m.calibration ? 'calibrated' : 'uncalibrated')}`),
        ...row(t('terrain'), `${run.terrain.surface.toUpperCase()}, ${num(run.terrain.spacing_m)} m`),
        ...(run.network_date ? row(t('villages'), t('network_date', {date: run.network_date})) : []),
        ...(r ? row(t('uncertainty'), t('about_draws', {draws: num(r.draws), sigma: num(r.sigma_db), bias: num(r.bias_db), share: percent(r.sure_share)})) : []),
      ),
      h('h3', {}, t('about_sensitivity')),
      h(
        'table', {class: 'small'},
        h('thead', {}, h('tr', {}, ...run.sensitivity.map((s) => h('th', {class: 'n', scope: 'col'}, `${s.shift_db > 0 ? '+' : ''}${num(s.shift_db)} dB`)))),
        h('tbody', {}, h('tr', {}, ...run.sensitivity.map((s) => h('td', {class: 'n'}, num(s.gaps))))),
      ),
      h('h3', {}, t('defaults')),
      run.defaults.length === 0
        ? h('p', {class: 'quiet'}, t('defaults_none'))
        : h('table', {class: 'small'}, h('tbody', {}, ...run.defaults.map((d) => h('tr', {}, h('td', {}, d.column), h('td', {}, d.value), h('td', {class: 'n'}, t('rows_n', {n: num(d.rows)})), h('td', {class: 'quiet'}, d.source))))),
      h('p', {class: 'quiet'}, run.program),
    );
  }
}
