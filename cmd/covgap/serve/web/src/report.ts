// The map of a report: a file on a disk, with its data in it and no server behind it.

import type {Feature, FeatureCollection, MultiLineString, Point} from 'geojson';
import {setWorkerUrl} from 'maplibre-gl';
import workerText from 'virtual:worker';
import {fill, h} from './dom';
import {CoverageMap, type Hit} from './map';
import type {MapData} from './source';
import {askedInk, ground} from './palette';
import {initial, type Visible} from './state';
import {num, setLang, t, word, type Key, type Lang} from './strings';
import type {Class, Criterion, LonLat, PlanRow, Run, Village} from './types';
import './report.css';

/** What covgap report writes beside the text (cmd/covgap/report/document, mapData). */
interface Data {
  lang: Lang;
  project: string;
  synthetic: boolean;
  bounds: [number, number, number, number];
  criterion: Criterion;
  classes: Class[];
  hexes: number[][];
  communes: {name: string; at: LonLat; rings: number[][]}[];
  villages: (Pick<Village, 'village_id' | 'name' | 'commune' | 'class' | 'declared_status' | 'certainty' | 'people_unserved' | 'centre_lon' | 'centre_lat'> & {rings: number[][]})[];
  sites: {id: string; lon: number; lat: number}[];
  plan: {id: string; lon: number; lat: number}[];
  relief: {url: string; bounds: [number, number, number, number]};
}

const perDegree = 1e5; // coordinates are whole numbers

/** A ring of corners that are each given against the one before. */
function ring(numbers: number[], from: number, last: [number, number]): LonLat[] {
  const out: LonLat[] = [];
  for (let i = from; i + 1 < numbers.length; i += 2) {
    last[0] += numbers[i]!;
    last[1] += numbers[i + 1]!;
    out.push([last[0] / perDegree, last[1] / perDegree]);
  }
  return out;
}

function hexes(data: Data): Feature[] {
  const first: [number, number] = [0, 0];
  return data.hexes.map((numbers) => {
    // Its first corner is given against that of the hexagon before.
    first[0] += numbers[2]!;
    first[1] += numbers[3]!;
    const corners = ring(numbers, 4, [...first]);
    const start: LonLat = [first[0] / perDegree, first[1] / perDegree];
    return {type: 'Feature', properties: {class: data.classes[numbers[0]!], ...(numbers[1] ? {signal_dbm: numbers[1]} : {})}, geometry: {type: 'Polygon', coordinates: [[start, ...corners, start]]}};
  });
}

const outline = (rings: number[][]): MultiLineString => ({type: 'MultiLineString', coordinates: rings.map((r) => ring(r, 0, [0, 0]))});

const point = (at: LonLat): Point => ({type: 'Point', coordinates: at});

function mapData(data: Data): MapData {
  const source = (features: Feature[]): {type: 'geojson'; data: FeatureCollection} => ({type: 'geojson', data: {type: 'FeatureCollection', features}});
  const [west, south, east, north] = data.relief.bounds;
  return {
    tiled: false,
    hexes: () => source(hexes(data)), pictures: null,
    features: {
      communes: source(data.communes.map((c) => ({type: 'Feature', properties: {commune: c.name}, geometry: outline(c.rings)}))),
      commune_names: source(data.communes.map((c) => ({type: 'Feature', properties: {commune: c.name}, geometry: point(c.at)}))),
      villages: source(data.villages.map((v) => ({type: 'Feature', properties: {class: v.class}, geometry: outline(v.rings)}))),
      sites: source(data.sites.map((s) => ({type: 'Feature', properties: {site_id: s.id}, geometry: point([s.lon, s.lat])}))),
      wedges: source([]), exclusions: source([]), candidates: source([]),
    },
    relief: {type: 'image', url: data.relief.url, coordinates: [[west, north], [east, north], [east, south], [west, south]]},
  };
}

function start(data: Data): void {
  const title = document.title; // the report's own
  setLang(data.lang);
  document.title = title;

  const element = h('div', {class: 'map', id: 'map-view'});
  const said = h('p', {class: 'said', role: 'status'});
  const layers = h('fieldset', {class: 'layers screen'}, h('legend', {}, t('layers')));
  const frame = document.getElementById('map-frame')!;
  frame.append(element, legend(data), layers, said);
  document.documentElement.dataset['map'] = 'started';

  const state = initial(data.lang);
  const map = new CoverageMap(element, {bounds: data.bounds, synthetic: data.synthetic, project: data.project} as Run, mapData(data), state, {click: (hit) => find(hit), hover: () => {}, moved: () => {}});
  map.marks(data.villages as unknown as Village[]);
  const rows = data.plan.map((a, i) => ({rank: i + 1, site_id: a.id, longitude: a.lon, latitude: a.lat})) as PlanRow[];
  map.plan(rows, new Set(rows));
  map.begin(state);

  // The numbers of the plan's table can be read with the whole area in view, and in print.
  void map.map.once('load', () => {
    map.map.setLayerZoomRange('plan-ranks', 5, 24);
    map.map.setPaintProperty('plan', 'circle-radius', ['interpolate', ['linear'], ['zoom'], 7, 7, 9, 8, 12, 11]);
  });

  const shown: [keyof Visible, Key][] = [['hexes', 'layer_signal'], ['relief', 'relief'], ['communes', 'communes'], ['marks', 'village_marks'], ['sites', 'sites']];
  if (data.plan.length > 0) shown.push(['plan', 'plan']);
  for (const [key, text] of shown) {
    const box = h('input', {type: 'checkbox', checked: true, onchange: () => {
      state.visible = {...state.visible, [key]: box.checked};
      map.show(state);
    }});
    layers.append(h('label', {}, box, t(text)));
  }

  // From the tables to the map.
  const villages = new Map(data.villages.map((v) => [v.village_id, v]));
  document.addEventListener('click', (e) => {
    const link = (e.target as Element).closest<HTMLElement>('a[data-village], a[data-action]');
    if (!link) return;
    const v = villages.get(link.dataset['village'] ?? '');
    const a = data.plan[Number(link.dataset['action'] ?? 0) - 1];
    if (v) show([v.centre_lon, v.centre_lat], describe(v));
    else if (a) show([a.lon, a.lat], [`${link.dataset['action']}. ${a.id}`]);
  });
  function show(at: LonLat, text: (Node | string)[]): void {
    map.asked(at);
    map.fly(at, 11.5);
    fill(said, ...text);
  }
  // And back.
  function find(hit: Hit): void {
    if (hit.kind === 'village') {
      const v = villages.get(hit.id);
      if (!v) return;
      map.asked([v.centre_lon, v.centre_lat]);
      fill(said, ...describe(v));
    } else if (hit.kind === 'action') {
      map.asked(hit.at);
      fill(said, h('a', {href: `#action-${hit.id}`}, `${t('plan')}: ${hit.id}`));
    } else {
      map.asked(null);
      fill(said, hit.kind === 'site' ? `${t('why_site', {id: hit.id})}` : '');
    }
  }
  function describe(v: Data['villages'][number]): (Node | string)[] {
    const row = document.getElementById(`village-${v.village_id}`);
    const name = v.name || v.village_id;
    const declared = v.declared_status && v.declared_status !== v.class ? `, ${t('declared').toLowerCase()}: ${word(v.declared_status)}` : '';
    return [row ? h('a', {href: `#village-${v.village_id}`}, name) : name, `, ${v.commune ?? ''}: ${word(v.class)}${declared}`];
  }

  keepPicture(map);
}

/** A WebGL canvas prints blank: the picture that came with the report is replaced by what the map shows, for the printer. */
function keepPicture(map: CoverageMap): void {
  const picture = document.querySelector<HTMLImageElement>('.map-picture')!;
  let drawn = false;
  map.map.on('idle', () => {
    void map.map.once('render', () => {
      picture.src = photograph(map);
      drawn = true;
      document.documentElement.dataset['map'] = 'drawn';
    });
    if (!drawn || moved) map.map.triggerRepaint();
    moved = false;
  });
  let moved = false;
  for (const event of ['movestart', 'styledata', 'sourcedata'] as const) map.map.on(event, () => (moved = true));
}

/** The map as a picture, with a scale. */
function photograph(map: CoverageMap): string {
  const from = map.map.getCanvas();
  const to = h('canvas', {width: from.width, height: from.height});
  const ink = to.getContext('2d')!;
  ink.fillStyle = ground;
  ink.fillRect(0, 0, to.width, to.height);
  ink.drawImage(from, 0, 0);
  const unit = from.width / from.clientWidth;
  const y = from.clientHeight - 16;
  const kmPerPx = map.map.unproject([0, y]).distanceTo(map.map.unproject([100, y])) / 1e5;
  // The longest of 1, 2 or 5 times a power of ten that takes no more than a fifth.
  const most = (kmPerPx * from.clientWidth) / 5;
  const ten = 10 ** Math.floor(Math.log10(most));
  const km = ten * (most >= 5 * ten ? 5 : most >= 2 * ten ? 2 : 1);
  const wide = km / kmPerPx;
  const x = from.clientWidth - wide - 16;
  ink.scale(unit, unit);
  ink.fillStyle = 'rgba(255,255,255,0.9)';
  ink.fillRect(x - 8, y - 22, wide + 16, 32);
  ink.strokeStyle = ink.fillStyle = askedInk;
  ink.lineWidth = 1.5;
  ink.stroke(new Path2D(`M${x},${y - 5}V${y}H${x + wide}V${y - 5}`));
  ink.font = "12px 'Be Vietnam Pro', sans-serif";
  ink.textAlign = 'center';
  ink.fillText(`${num(km, km < 1 ? 1 : 0)} km`, x + wide / 2, y - 8);
  return to.toDataURL('image/png');
}

function legend(data: Data): HTMLElement {
  const item = (kind: string, text: string): HTMLElement => h('li', {}, h('i', {class: `swatch ${kind}`}), text);
  const asked = Object.entries(data.criterion.thresholds).map(([k, v]) => `${k} ≥ ${num(v.served_dbm)} dBm`).join(', ');
  return h(
    'div', {class: 'legend'},
    h('p', {}, h('b', {}, t('layer_signal')), ` ${asked}`),
    h('ul', {}, item('hex served', t('served')), item('hex weak', t('weak')), item('hex none', t('none'))),
    h('ul', {}, item('mark none', t('gap_none')), item('mark weak', t('gap_weak')), item('mark hollow', t('gap_declared')), data.villages.some((v) => v.certainty === 'uncertain') ? item('mark faint', t('uncertain')) : null),
    h('ul', {}, item('site', t('sites')), data.plan.length > 0 ? item('planned', t('planned')) : null),
  );
}

const print = document.getElementById('print');
if (print) {
  print.hidden = false;
  print.addEventListener('click', () => window.print());
}
try {
  setWorkerUrl(URL.createObjectURL(new Blob([workerText], {type: 'text/javascript'})));
  start(JSON.parse(document.getElementById('data')!.textContent!) as Data);
} catch (error) {
  // Without WebGL: the picture and the tables are there all the same.
  document.querySelectorAll('#map-frame > :not(.map-picture)').forEach((e) => e.remove());
  delete document.documentElement.dataset['map'];
  document.getElementById('map-none')!.hidden = false;
  console.error(error);
}
