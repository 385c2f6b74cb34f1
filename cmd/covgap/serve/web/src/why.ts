// The answer to "why?": who serves a place or comes nearest to it, what is in the way, and
// what would help.

import type {App, Part} from './app';
import {button, fill, h} from './dom';
import {drawProfile} from './profile';
import type {Question} from './source';
import type {Asked} from './state';
import {num, percent, t, word, type Key} from './strings';
import type {Explained, HexExplained, Link, LonLat, Remedy, SiteExplained, VillageExplained} from './types';

export class Why implements Part {
  readonly element = h('aside', {class: 'why', 'aria-label': t('why'), hidden: true});
  private readonly app: App;
  private readonly body = h('div', {class: 'why-body', tabindex: -1});
  private turn = 0;

  constructor(app: App) {
    this.app = app;
    this.element.append(this.body);
    app.store.on((changed) => {
      if (changed.has('asked')) void this.show(app.store.state.asked);
    });
    void this.show(app.store.state.asked);
  }

  private async show(asked: Asked | null): Promise<void> {
    const turn = ++this.turn;
    const {map, village, source} = this.app;
    map.path(null);
    map.pointAt(null);
    this.element.hidden = asked === null;
    document.body.classList.toggle('asked', asked !== null);
    if (!asked) {
      map.asked(null);
      return;
    }
    const v = asked.kind === 'village' ? village.get(asked.id) : undefined;
    map.asked(v ? [v.centre_lon, v.centre_lat] : asked.kind === 'at' ? pointOf(asked.id) : null);
    const title = v ? (v.name ?? v.village_id) : asked.kind === 'site' ? t('why_site', {id: asked.id}) : t('why_here');
    fill(this.body, this.head(title, v ? `${v.commune ?? ''} · ${v.village_id}` : asked.kind === 'at' ? asked.id : ''), h('p', {class: 'busy', role: 'status'}, t('asking')));
    try {
      const answer = await source.explain(question(asked));
      if (turn !== this.turn) return;
      this.answer(asked, answer);
    } catch (error) {
      if (turn !== this.turn) return;
      fill(
        this.body, this.head(title, ''), h('p', {class: 'error', role: 'alert'}, t('failed', {error: (error as Error).message})),
        button(t('retry'), () => void this.show(asked)),
      );
    }
  }

  private head(title: string, under: string): HTMLElement {
    return h(
      'header', {},
      h('div', {}, h('h2', {}, title), under ? h('p', {class: 'quiet'}, under) : null),
      button('×', () => this.app.ask(null), {class: 'icon', 'aria-label': t('close'), title: t('close')}),
    );
  }

  private answer(asked: Asked, answer: Explained): void {
    switch (answer.kind) {
      case 'village':
        this.village(answer);
        break;
      case 'hex':
        this.app.map.asked([answer.longitude, answer.latitude]);
        this.hex(asked, answer);
        break;
      case 'site':
        this.app.map.asked([answer.longitude, answer.latitude]);
        this.site(answer);
    }
    this.app.say(this.body.querySelector('.verdict')?.textContent ?? '');
  }

  private village(e: VillageExplained): void {
    const v = this.app.village.get(e.village_id);
    const facts: [string, Node | string][] = [
      [t('computed'), h('span', {class: `class ${e.class}`}, word(e.class))],
      [t('declared'), e.declared_status ? word(e.declared_status) : t('not_declared')],
      [t('share_served'), percent(e.served_share)],
      [t('people'), v?.population_estimated ? `${num(e.population)} (${t('estimated')})` : num(e.population)],
      [t('households'), num(v?.households)],
      [t('grid_power'), v?.grid_power === null || !v ? t('unknown') : v.grid_power ? t('yes') : t('no')],
    ];
    if (v?.certainty) {
      const more = v.weak_probability === null ? '' : ` · ${t('draws_weak', {percent: percent(v.weak_probability)})}`;
      facts.push([t('certainty'), word(v.certainty) + more + (v.itm_agrees === false ? ` · ${t('itm_disagrees')}` : '')]);
    }
    fill(
      this.body,
      this.head(v?.name ?? e.name, `${e.commune} · ${e.village_id}`),
      this.verdict(e.cause, e.causes.length > 1 ? e.causes.map((c) => `${word(c.cause)} ${percent(c.share)}`).join(', ') : ''),
      h('dl', {class: 'facts'}, ...facts.flatMap(([k, x]) => [h('dt', {}, k), h('dd', {}, x)])),
      ...(e.hex ? this.reasons(e.hex, e.village_id) : []),
      this.remedies(e.remedies),
    );
    if (e.hex) this.trace(e.hex.links[0], [e.hex.longitude, e.hex.latitude]);
  }

  private hex(asked: Asked, e: HexExplained): void {
    const place: LonLat = [e.longitude, e.latitude];
    fill(
      this.body,
      this.head(t('why_here'), `${num(e.latitude, 5)}, ${num(e.longitude, 5)} · ${e.hex_id}`),
      h('p', {class: 'line'}, h('span', {class: `class ${e.class}`}, word(e.class))),
      this.verdict(e.cause, ''),
      ...this.reasons(e, asked.kind === 'at' ? asked.id : e.hex_id),
      this.app.source.live ? h('p', {class: 'buttons'}, button(t('mast_here'), () => this.app.putMast(place))) : null,
    );
    this.trace(e.links[0], place);
  }

  private verdict(cause: string, more: string): HTMLElement | null {
    if (!cause) return null;
    return h('p', {class: 'verdict'}, t(`cause_${cause}` as Key), more ? h('small', {}, ` ${more}`) : null);
  }

  /** The strongest mast, the profile from it, those next to it, and what each cause would do. */
  private reasons(e: HexExplained, target: string): (HTMLElement | null)[] {
    const best = e.links[0];
    if (!best) return [h('p', {}, t('say_nothing'))];
    const said =
      best.margin_db >= 0
        ? t('say_served', {site: best.site_id, level: num(best.level_dbm, 1), margin: num(best.margin_db, 1)})
        : t('say_missing', {site: best.site_id, km: num(best.distance_km, 1), level: num(best.level_dbm, 1), missing: num(-best.margin_db, 1)});
    const ridge = best.ridge && best.ridge.above_line_m > 0 ? t('ridge_line', {height: num(best.ridge.height_m), km: num(best.ridge.from_site_km, 1), above: num(best.ridge.above_line_m)}) : '';
    const drawing = h('div', {class: 'drawing'});
    void this.profile(drawing, best, target);
    return [
      h('p', {}, said, ridge ? ` ${ridge}` : null),
      h('h3', {}, t('profile_of', {site: best.site_id})),
      drawing,
      h('h3', {}, t('masts_near')),
      this.links(e, drawing, target),
      e.counterfactuals.length > 0 ? h('h3', {}, t('if_gone')) : null,
      e.counterfactuals.length > 0
        ? h(
            'table', {class: 'small'},
            h('tbody', {}, ...e.counterfactuals.map((c) => h('tr', {}, h('td', {}, word(c.cause)), h('td', {class: 'n'}, c.gain_db === null ? '–' : `${c.gain_db > 0 ? '+' : ''}${num(c.gain_db, 1)} dB`), h('td', {}, c.serves ? h('b', {}, t('would_serve')) : t('would_not')), h('td', {class: 'quiet'}, c.site_id)))),
          )
        : null,
    ];
  }

  private links(e: HexExplained, drawing: HTMLElement, target: string): HTMLElement {
    const shown = e.links.slice(0, 6);
    return h(
      'table', {class: 'small masts'},
      h('thead', {}, h('tr', {}, h('th', {scope: 'col'}, t('col_sector')), h('th', {class: 'n', scope: 'col'}, t('col_level')), h('th', {class: 'n', scope: 'col'}, t('col_margin')), h('th', {class: 'n', scope: 'col'}, t('col_distance')), h('th', {scope: 'col'}, t('col_sight')))),
      h(
        'tbody', {},
        ...shown.map((l) =>
          h(
            'tr', {},
            h('td', {}, button(l.sector_id, () => {
              void this.profile(drawing, l, target);
              this.trace(l, [e.longitude, e.latitude]);
            }, {class: 'link', title: t('profile_of', {site: l.site_id})}), l.azimuth_assumed && h('small', {}, t('azimuth_assumed'))),
            h('td', {class: 'n'}, num(l.level_dbm, 1)), h('td', {class: 'n'}, num(l.margin_db, 1)), h('td', {class: 'n'}, num(l.distance_km, 1)), h('td', {}, l.line_of_sight ? t('yes') : t('no')),
          ),
        ),
      ),
    );
  }

  private async profile(into: HTMLElement, link: Link, target: string): Promise<void> {
    const turn = this.turn;
    fill(into, h('p', {class: 'busy'}, t('asking')));
    try {
      const p = await this.app.source.profile(link.sector_id, target);
      if (turn === this.turn) fill(into, drawProfile(p, (at) => this.app.map.pointAt(at)));
    } catch (error) {
      if (turn === this.turn) fill(into, h('p', {class: 'error'}, t('failed', {error: (error as Error).message})));
    }
  }

  /** Draws the path from a mast on the map. */
  private trace(link: Link | undefined, place: LonLat): void {
    if (!link) return;
    // The mast lies back from the place, by the distance against the azimuth: within some
    // metres on the paths of a map, without asking for the mast.
    const back = ((link.azimuth_deg + 180) * Math.PI) / 180;
    const lat = place[1] + (link.distance_km * Math.cos(back)) / 111.2;
    const lon = place[0] + (link.distance_km * Math.sin(back)) / (111.2 * Math.cos((place[1] * Math.PI) / 180));
    this.app.map.path([[lon, lat], place]);
  }

  private remedies(all: Remedy[]): HTMLElement {
    return h(
      'section', {}, h('h3', {}, t('remedies')),
      all.length === 0
        ? h('p', {class: 'quiet'}, t('no_remedies'))
        : h(
            'ul', {class: 'remedies'},
            ...all.map((r) =>
              h(
                'li', {class: r.meets ? 'meets' : null},
                h('div', {}, h('b', {}, `${word(r.action.action)} ${r.action.site_id ?? ''}`), h('span', {}, t('remedy_result', {gain: `${(r.gain_db ?? 0) > 0 ? '+' : ''}${num(r.gain_db, 1)}`, class: word(r.class_after), people: num(r.people_gained)}))),
                this.app.source.live ? button(t('try_it'), () => this.app.store.set({tab: 'whatif', actions: [...this.app.store.state.actions, r.action]})) : null,
              ),
            ),
          ),
    );
  }

  private site(e: SiteExplained): void {
    fill(
      this.body,
      this.head(e.name || e.site_id, `${e.site_id} · ${e.structure_height_m ? `${num(e.structure_height_m)} m · ` : ''}${num(e.latitude, 5)}, ${num(e.longitude, 5)}`),
      h('p', {class: 'verdict'}, t('people_served', {people: num(e.people)})),
      this.app.source.live ? h('p', {class: 'buttons'}, button(t('change_site'), () => this.app.changeSite(e.site_id), {class: 'primary'})) : null,
      h('h3', {}, t('sectors')),
      h(
        'table', {class: 'small'},
        h('thead', {}, h('tr', {}, h('th', {scope: 'col'}, t('col_sector')), h('th', {class: 'n', scope: 'col'}, t('azimuth')), h('th', {class: 'n', scope: 'col'}, t('height')), h('th', {class: 'n', scope: 'col'}, t('people')))),
        h('tbody', {}, ...e.sectors.map((c) => h('tr', {class: c.counts ? null : 'faint'}, h('td', {}, c.sector_id), h('td', {class: 'n'}, c.azimuth_deg === null ? t('omni') : num(c.azimuth_deg)), h('td', {class: 'n'}, num(c.antenna_height_m)), h('td', {class: 'n'}, num(c.people))))),
      ),
      this.villages(t('alone_villages'), e.alone),
      this.villages(t('serves_villages'), e.villages),
    );
  }

  private villages(title: string, of: {village_id: string; name: string; people: number}[]): HTMLElement | null {
    if (of.length === 0) return null;
    return h('section', {}, h('h3', {}, title), h('ul', {class: 'plain'}, ...of.slice(0, 12).map((v) => h('li', {}, button(v.name || v.village_id, () => this.app.ask({kind: 'village', id: v.village_id}, true), {class: 'link'}), ` ${num(v.people)}`))));
  }
}

function pointOf(id: string): LonLat {
  const [lon, lat] = id.split(',').map(Number);
  return [lon ?? 0, lat ?? 0];
}

function question(a: Asked): Question {
  switch (a.kind) {
    case 'village':
      return {village: a.id};
    case 'site':
      return {site: a.id};
    case 'hex':
      return {hex: a.id};
    case 'at':
      return {at: pointOf(a.id)};
  }
}
