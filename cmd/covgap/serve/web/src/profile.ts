// The drawing of a profile: terrain with the Earth's curvature, the straight line between
// the antennas, the first Fresnel zone and the ridge that reaches furthest into it.

import {h, s} from './dom';
import {num, t} from './strings';
import type {LonLat, Profile} from './types';

const width = 360;
const height = 190;
const left = 38;
const right = 8;
const top = 14;
const bottom = 22;

/** Draws a profile. at is told the place of the cursor, null when it goes. */
export function drawProfile(p: Profile, at: (place: LonLat | null) => void): HTMLElement {
  const {samples, a, b} = p;
  const last = samples[samples.length - 1];
  if (!last || samples.length < 2) return h('p', {class: 'quiet'}, t('p_no_terrain'));
  const d = last.distance_m;
  const ground = samples.map((q) => q.terrain_m + q.bulge_m);
  const from = samples[0]!.line_m;
  const to = last.line_m;
  const line = (x: number): number => from + ((to - from) * x) / d;

  const low = Math.min(...ground);
  const high = Math.max(...ground, from, to, ...samples.map((q) => q.line_m + q.fresnel_radius_m));
  const spread = Math.max(high - low, 20);
  const X = (x: number): number => left + (x / d) * (width - left - right);
  const Y = (y: number): number => height - bottom - ((y - low + spread * 0.06) / (spread * 1.14)) * (height - top - bottom);
  const path = (points: [number, number][]): string => points.map(([x, y], i) => `${i ? 'L' : 'M'}${X(x).toFixed(1)} ${Y(y).toFixed(1)}`).join('');

  const upper = samples.map((q): [number, number] => [q.distance_m, q.line_m + q.fresnel_radius_m]);
  const lower = samples.map((q): [number, number] => [q.distance_m, q.line_m - q.fresnel_radius_m]).reverse();
  const surface = samples.map((q, i): [number, number] => [q.distance_m, ground[i]!]);
  const floor = height - bottom;

  const ticks: SVGElement[] = [];
  const stepM = nice(spread / 3);
  for (let v = Math.ceil(low / stepM) * stepM; v <= high; v += stepM) {
    ticks.push(s('line', {x1: left, x2: width - right, y1: Y(v), y2: Y(v), class: 'grid'}), s('text', {x: left - 4, y: Y(v) + 3, 'text-anchor': 'end'}, num(v)));
  }
  const stepKm = nice(d / 1000 / 4);
  for (let v = 0; X(v * 1000) < width - right - 22; v += stepKm) ticks.push(s('text', {x: X(v * 1000), y: height - 8, 'text-anchor': v === 0 ? 'start' : 'middle'}, num(v, stepKm < 1 ? 1 : 0)));
  ticks.push(s('text', {x: width - right, y: height - 8, 'text-anchor': 'end'}, 'km'), s('text', {x: 2, y: 9}, 'm'));

  const ridge: SVGElement[] = [];
  if (p.ridge) {
    const x = p.ridge.from_a_m;
    const y = line(x) + p.ridge.above_line_m;
    ridge.push(
      s('line', {x1: X(x), x2: X(x), y1: Y(y), y2: Y(line(x)), class: 'ridge-line'}),
      s('path', {d: `M${X(x) - 5} ${Y(y) - 8}h10l-5 7z`, class: 'ridge-mark'}),
    );
  }
  const cursor = s('g', {class: 'cursor', visibility: 'hidden'}, s('line', {y1: top, y2: floor}), s('circle', {r: 3.2}));
  const readout = h('p', {class: 'readout', 'aria-live': 'polite'});
  const named = (e: Profile['a']): string => e.name || e.id;
  const svg = s(
    'svg',
    {viewBox: `0 0 ${width} ${height}`, class: 'profile', role: 'img', tabindex: 0, 'aria-label': t('profile_aria', {a: named(a), b: named(b), km: num(d / 1000, 2)})},
    ...ticks,
    s('path', {d: `${path(upper)}${path(lower).replace('M', 'L')}Z`, class: 'zone'}),
    s('path', {d: `${path(surface)}L${X(d)} ${floor}L${X(0)} ${floor}Z`, class: 'ground'}),
    s('path', {d: path(surface), class: 'surface'}),
    s('path', {d: path([[0, from], [d, to]]), class: 'ray'}),
    s('path', {d: path([[0, ground[0]!], [0, from]]), class: 'mast'}),
    s('path', {d: path([[d, ground[ground.length - 1]!], [d, to]]), class: 'mast'}),
    ...ridge,
    cursor,
  );
  const rest = `${p.line_of_sight ? t('p_clear') : t('p_blocked')}${lossText(p)}`;
  readout.textContent = rest;

  let place = -1;
  const point = (i: number): void => {
    place = Math.min(Math.max(i, 0), samples.length - 1);
    const q = samples[place]!;
    const clear = q.line_m - ground[place]!;
    const x = X(q.distance_m);
    cursor.setAttribute('visibility', 'visible');
    cursor.firstElementChild!.setAttribute('x1', String(x));
    cursor.firstElementChild!.setAttribute('x2', String(x));
    cursor.lastElementChild!.setAttribute('cx', String(x));
    cursor.lastElementChild!.setAttribute('cy', String(Y(ground[place]!)));
    readout.textContent = t(clear < 0 ? 'p_at_below' : 'p_at', {km: num(q.distance_m / 1000, 2), ground: num(q.terrain_m), clear: num(Math.abs(clear))});
    at([q.longitude, q.latitude]);
  };
  const leave = (): void => {
    place = -1;
    cursor.setAttribute('visibility', 'hidden');
    readout.textContent = rest;
    at(null);
  };
  svg.addEventListener('pointermove', (e) => {
    const box = svg.getBoundingClientRect();
    const x = ((((e.clientX - box.left) / box.width) * width - left) / (width - left - right)) * d;
    point(nearest(samples.map((q) => q.distance_m), x));
  });
  svg.addEventListener('pointerleave', leave);
  svg.addEventListener('blur', leave);
  svg.addEventListener('keydown', (e) => {
    const step = {ArrowRight: 1, ArrowLeft: -1, PageUp: 10, PageDown: -10}[e.key];
    if (step !== undefined) point(place < 0 ? 0 : place + step);
    else if (e.key === 'Home') point(0);
    else if (e.key === 'End') point(samples.length - 1);
    else return;
    e.preventDefault();
  });
  return h(
    'figure', {class: 'profile-figure'}, svg as unknown as Node, readout,
    h('figcaption', {class: 'key'}, h('span', {class: 'k-ground'}, t('p_ground')), h('span', {class: 'k-ray'}, t('p_ray')), h('span', {class: 'k-zone'}, t('p_zone')), p.ridge && h('span', {class: 'k-ridge'}, t('p_ridge'))),
  );
}

function lossText(p: Profile): string {
  const own = p.losses.find((l) => l.of_project);
  return own && own.loss_db !== null ? `, ${t('p_loss', {loss: num(own.loss_db, 1), model: own.model})}` : '';
}

function nearest(xs: number[], x: number): number {
  let best = 0;
  for (let i = 1; i < xs.length; i++) if (Math.abs(xs[i]! - x) < Math.abs(xs[best]! - x)) best = i;
  return best;
}

/** The step of an axis near v: 1, 2 or 5 times a power of ten. */
export function nice(v: number): number {
  const power = 10 ** Math.floor(Math.log10(v));
  const m = v / power;
  return (m < 1.5 ? 1 : m < 3.5 ? 2 : m < 7.5 ? 5 : 10) * power;
}
