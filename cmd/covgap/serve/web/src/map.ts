// The map.

import type {Feature, FeatureCollection} from 'geojson';
import {
  AttributionControl, Map as MapLibre, Marker, NavigationControl, ScaleControl,
  type ExpressionSpecification, type GeoJSONSource, type LayerSpecification, type MapGeoJSONFeature, type SourceSpecification, type StyleSpecification,
} from 'maplibre-gl';
import {askedInk, classColour, classInk, classTint, diff, levelColours, levelSteps, planInk} from './palette';
import type {Hex, MapData} from './source';
import type {State, Visible} from './state';
import {t} from './strings';
import type {LonLat, PlanRow, Run, Village} from './types';
import {fontFaces} from './fonts';

const nothing: FeatureCollection = {type: 'FeatureCollection', features: []};

/** The zoom from which hexes are drawn one by one, where pictures stand for them below it. */
export const pictureZoom = 12;

/** Which of the user's layers a layer of the map belongs to. */
const partOf: Record<string, keyof Visible> = {
  relief: 'relief', hexes: 'hexes', pictures: 'hexes', communes: 'communes', 'commune-names': 'communes', areas: 'areas', 'village-names': 'areas',
  marks: 'marks', 'mark-names': 'marks', sites: 'sites', wedges: 'sites', plan: 'plan', 'plan-ranks': 'plan',
};

/** What makes room for a comparison. */
const compared = new Set(['marks', 'mark-names', 'plan', 'plan-ranks']);

/** What was clicked, or is under the pointer. */
export type Hit = {kind: 'village' | 'site' | 'action'; id: string; at: LonLat} | {kind: 'place'; at: LonLat};

/** What the map shows left and right of the handle of a comparison. */
export interface Sides {
  a: {at: LonLat; colour: string}[];
  b: {at: LonLat; colour: string}[];
}

export interface MapEvents {
  click(hit: Hit): void;
  hover(hit: Hit | null): void;
  moved(centre: LonLat, zoom: number): void;
}

const byClass = (of: Record<string, string>): ExpressionSpecification => ['match', ['get', 'class'], 'served', of['served']!, 'weak', of['weak']!, 'none', of['none']!, of['not_counted']!];

const byLevel = (): ExpressionSpecification => {
  const steps: (number | string)[] = [];
  levelSteps.forEach((v, i) => steps.push(v, levelColours[i + 1]!));
  return ['step', ['coalesce', ['get', 'signal_dbm'], -999], levelColours[0]!, ...steps] as unknown as ExpressionSpecification;
};

export class CoverageMap {
  readonly map: MapLibre;
  private readonly data: MapData;
  private drawn: Pick<State, 'layer' | 'colour'>;
  private cursor: Marker | null = null;
  private handle: HTMLElement | null = null;
  private sides: Sides | null = null;
  private share = 0.5; // where the handle stands
  private visible: State['visible'];
  private begun = false;
  /** What the sources hold that are not tiles. */
  private readonly contents = new Map<string, FeatureCollection>();
  /** Sources with nothing in them. Their layers are hidden, as they would be cut into tiles and clipped like others. */
  private readonly empty = new Set(['marks', 'mark-names', 'plan', 'diff', 'asked', 'path', 'sides']);

  constructor(container: HTMLElement, run: Run, data: MapData, state: State, events: MapEvents) {
    this.data = data;
    this.drawn = {layer: state.layer, colour: state.colour};
    this.visible = state.visible;
    this.map = new MapLibre({
      container,
      ...(state.view ? {center: [state.view.lon, state.view.lat] as LonLat, zoom: state.view.zoom} : {bounds: run.bounds, fitBoundsOptions: {padding: 20}}),
      minZoom: 5, maxZoom: 16, fadeDuration: 0, attributionControl: false, dragRotate: false, pitchWithRotate: false, maxPitch: 0,
      locale: {'Map.Title': t('map'), 'NavigationControl.ZoomIn': t('zoom_in'), 'NavigationControl.ZoomOut': t('zoom_out')},
    });
    // The sky is above the horizon, which a map seen from above does not have; MapLibre would
    // draw a transparent one over everything.
    this.map.painter.drawFunctions = {...this.map.painter.drawFunctions, sky: () => {}};
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new NavigationControl({showCompass: false}), 'top-right');
    this.map.addControl(new ScaleControl({unit: 'metric'}), 'bottom-right');
    this.map.addControl(new AttributionControl({compact: false, customAttribution: run.synthetic ? t('synthetic_long') : ''}), 'bottom-right');
    this.map.on('click', (e) => events.click(this.hit(e.point, [e.lngLat.lng, e.lngLat.lat])));
    this.map.on('mousemove', (e) => {
      const hit = this.hit(e.point, [e.lngLat.lng, e.lngLat.lat]);
      this.map.getCanvas().style.cursor = hit.kind === 'place' ? 'crosshair' : 'pointer';
      events.hover(hit);
    });
    this.map.on('mouseout', () => events.hover(null));
    this.map.on('moveend', () => {
      const c = this.map.getCenter();
      events.moved([c.lng, c.lat], this.map.getZoom());
    });
  }

  /** Draws what it was given until now, with the first frame. */
  begin(state: State): void {
    this.begun = true;
    this.map.setStyle(this.style(this.data, state));
    this.show(state);
  }

  private style(data: MapData, state: State): StyleSpecification {
    const geojson = (name: string): SourceSpecification => ({type: 'geojson', data: this.contents.get(name) ?? nothing});
    const sources: Record<string, SourceSpecification> = {
      hexes: data.hexes(state.layer), marks: {...geojson('marks'), promoteId: 'village_id'} as SourceSpecification,
      ...Object.fromEntries(['mark-names', 'plan', 'diff', 'asked', 'path', 'sides'].map((name) => [name, geojson(name)])),
    };
    if (data.tiled) sources['features'] = data.features as SourceSpecification;
    else for (const [name, source] of Object.entries(data.features as Record<string, SourceSpecification>)) sources[name] = source;
    if (data.relief) sources['relief'] = data.relief;
    if (data.pictures) sources['pictures'] = data.pictures(state.layer, state.colour);
    // Tiles hold several layers, GeoJSON is one: both are addressed alike.
    const from = (layer: string): {source: string; 'source-layer'?: string} => (data.tiled ? {source: 'features', 'source-layer': layer} : {source: layer});
    const hexes: {source: string; 'source-layer'?: string} = data.tiled ? {source: 'hexes', 'source-layer': 'hexes'} : {source: 'hexes'};
    const font: {'text-font': string[]; 'text-padding': number} = {'text-font': ['UI'], 'text-padding': 3};
    const halo = {'text-halo-color': 'rgba(255,255,255,0.92)', 'text-halo-width': 1.4} as const;
    // The ground is the colour of the element behind.
    const layers: LayerSpecification[] = [];
    if (data.relief) layers.push({id: 'relief', type: 'raster', source: 'relief', paint: {'raster-fade-duration': 0}});
    layers.push(
      ...(data.pictures ? [{
        id: 'pictures', type: 'raster', source: 'pictures', maxzoom: pictureZoom,
        paint: {'raster-opacity': state.opacity, 'raster-fade-duration': 0},
      } satisfies LayerSpecification] : []),
      {
        id: 'hexes', type: 'fill', ...hexes, ...(data.pictures && {minzoom: pictureZoom}),
        paint: {'fill-color': state.colour === 'level' ? byLevel() : byClass(classColour), 'fill-opacity': state.opacity, 'fill-antialias': false},
      },
      {
        id: 'diff', type: 'fill', source: 'diff',
        paint: {
          'fill-color': [
            'case',
            ['all', ['==', ['get', 'class_after'], 'served'], ['!=', ['get', 'class_before'], 'served']], diff.gained,
            ['all', ['!=', ['get', 'class_after'], 'served'], ['==', ['get', 'class_before'], 'served']], diff.lost,
            ['<', ['coalesce', ['get', 'signal_after_dbm'], -999], ['coalesce', ['get', 'signal_before_dbm'], -999]], diff.weaker, diff.better,
          ],
          'fill-opacity': 0.72, 'fill-antialias': false,
        },
      },
      {id: 'exclusions', type: 'fill', ...from('exclusions'), paint: {'fill-color': '#b71c1c', 'fill-opacity': 0.18}},
      {
        id: 'areas', type: 'line', ...from('villages'), minzoom: 11,
        paint: {'line-color': byClass(classInk), 'line-width': ['interpolate', ['linear'], ['zoom'], 11, 0.8, 14, 2], 'line-opacity': 0.8},
      },
      {
        id: 'communes', type: 'line', ...from('communes'),
        paint: {'line-color': '#3a3e46', 'line-width': ['interpolate', ['linear'], ['zoom'], 7, 0.4, 12, 1.4], 'line-opacity': 0.65},
      },
      {
        id: 'wedges', type: 'fill', ...from('wedges'), minzoom: 11,
        paint: {'fill-color': '#1f2937', 'fill-opacity': 0.28, 'fill-outline-color': '#111827'},
      },
      {id: 'path', type: 'line', source: 'path', paint: {'line-color': askedInk, 'line-width': 2, 'line-dasharray': [2, 1.5]}},
      {
        id: 'commune-names', type: 'symbol', ...from('commune_names'), maxzoom: 12.5,
        layout: {...font, 'text-field': ['get', 'commune'], 'text-size': ['interpolate', ['linear'], ['zoom'], 8, 10, 11, 13], 'text-letter-spacing': 0.02, 'text-max-width': 7},
        paint: {...halo, 'text-color': '#4b5563'},
      },
      {
        id: 'village-names', type: 'symbol', ...from('villages'), minzoom: 12,
        layout: {...font, 'text-field': ['get', 'name'], 'text-size': 11.5}, paint: {...halo, 'text-color': '#1f2937'},
      },
      {
        id: 'mark-names', type: 'symbol', source: 'mark-names', minzoom: 9.5,
        layout: {...font, 'text-field': ['get', 'name'], 'text-size': 11.5, 'text-anchor': 'top', 'text-offset': [0, 0.7]},
        paint: {...halo, 'text-color': byClass(classInk)},
      },
      {
        id: 'candidates', type: 'circle', ...from('candidates'), minzoom: 9,
        paint: {'circle-radius': 2.5, 'circle-color': '#ffffff', 'circle-stroke-color': planInk, 'circle-stroke-width': 1},
      },
      {
        id: 'sites', type: 'circle', ...from('sites'), minzoom: 9,
        paint: {
          'circle-radius': ['interpolate', ['linear'], ['zoom'], 9, 1.4, 10, 1.8, 13, 4.5], 'circle-color': '#1f2937',
          'circle-stroke-color': '#ffffff', 'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 9, 0, 12, 1.2],
        },
      },
      {
        id: 'marks', type: 'circle', source: 'marks',
        paint: {
          'circle-radius': ['interpolate', ['linear'], ['zoom'], 7, 3, 11, 6, 14, 9],
          'circle-color': ['case', ['==', ['get', 'class'], 'served'], '#ffffff', ['==', ['get', 'certainty'], 'uncertain'], byClass(classTint), byClass(classColour)],
          'circle-stroke-color': ['case', ['any', ['==', ['get', 'class'], 'served'], ['==', ['get', 'certainty'], 'uncertain']], byClass(classInk), '#ffffff'],
          'circle-stroke-width': 1.5,
        },
      },
      {
        id: 'plan', type: 'circle', source: 'plan',
        paint: {
          'circle-radius': ['interpolate', ['linear'], ['zoom'], 7, 3, 9, 6.5, 10, 9, 14, 11], 'circle-color': ['case', ['get', 'built'], planInk, '#ffffff'],
          'circle-stroke-color': ['case', ['get', 'built'], '#ffffff', '#7d8a88'], 'circle-stroke-width': 1.2, 'circle-opacity': ['case', ['get', 'built'], 1, 0.6],
        },
      },
      {
        id: 'plan-ranks', type: 'symbol', source: 'plan', minzoom: 9.5,
        layout: {...font, 'text-field': ['case', ['>', ['get', 'rank'], 0], ['to-string', ['get', 'rank']], '+'], 'text-size': 10, 'text-allow-overlap': true},
        paint: {'text-color': ['case', ['get', 'built'], '#ffffff', '#4b5563']},
      },
      {
        id: 'sides', type: 'circle', source: 'sides',
        paint: {'circle-radius': ['interpolate', ['linear'], ['zoom'], 7, 3.5, 11, 7], 'circle-color': ['get', 'colour'], 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 1.4},
      },
      {
        id: 'asked', type: 'circle', source: 'asked',
        paint: {'circle-radius': ['interpolate', ['linear'], ['zoom'], 7, 8, 14, 16], 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-color': askedInk, 'circle-stroke-width': 2.5},
      },
    );
    for (const l of layers) Object.assign(l, {layout: {...l.layout, visibility: this.seen(l.id, 'source' in l ? (l.source as string) : '') ? 'visible' : 'none'}});
    return {version: 8, sources, layers, 'font-faces': fontFaces};
  }

  /** Whether a layer is drawn: wanted, with something in it, and not in the way of a comparison. */
  private seen(layer: string, source: string): boolean {
    const part = partOf[layer];
    return (part === undefined || this.visible[part]) && !this.empty.has(source) && !(this.sides && compared.has(layer));
  }

  private see(): void {
    this.ready(() => {
      for (const id of this.map.getLayersOrder()) {
        this.map.setLayoutProperty(id, 'visibility', this.seen(id, this.map.getLayer(id)!.source) ? 'visible' : 'none');
      }
    });
  }

  private hit(point: {x: number; y: number}, at: LonLat): Hit {
    const near = (layers: string[], reach: number): MapGeoJSONFeature | undefined =>
      this.map.queryRenderedFeatures([[point.x - reach, point.y - reach], [point.x + reach, point.y + reach]], {layers: layers.filter((l) => this.map.getLayer(l))})[0];
    const place = (f: MapGeoJSONFeature): LonLat => (f.geometry.type === 'Point' ? (f.geometry.coordinates as LonLat) : at);
    const action = near(['plan'], 3);
    if (action) return {kind: 'action', id: String(action.properties['rank']), at: place(action)};
    const mark = near(['marks'], 4);
    if (mark) return {kind: 'village', id: String(mark.properties['village_id']), at: place(mark)};
    const site = near(['sites'], this.map.getZoom() >= 10 ? 4 : 0);
    if (site) return {kind: 'site', id: String(site.properties['site_id']), at: place(site)};
    return {kind: 'place', at};
  }

  /** The hex drawn at a place; null where none is. */
  hex(at: LonLat): Hex | null {
    const f = this.map.queryRenderedFeatures(this.map.project(at), {layers: ['hexes']})[0];
    if (!f) return null;
    const {hex_id, signal_dbm} = f.properties as {hex_id?: string; signal_dbm?: number};
    return {hex_id: hex_id ?? '', class: String(f.properties['class']) as Hex['class'], signal_dbm: signal_dbm ?? null};
  }

  /** Calls back once what was asked for can be drawn; what comes before the beginning is drawn with it. */
  private ready(then: () => void): void {
    if (!this.begun) return;
    if (this.map.style?._loaded) then();
    else void this.map.once('styledata', then);
  }

  private setData(source: string, data: FeatureCollection): void {
    const empty = data.features.length === 0;
    if (empty && this.empty.has(source)) return;
    this.contents.set(source, data);
    this.ready(() => this.map.getSource<GeoJSONSource>(source)?.setData(data));
    if (empty === this.empty.has(source)) return;
    if (empty) this.empty.add(source);
    else this.empty.delete(source);
    this.see();
  }

  /** Shows what of the state is the map's: layers, colours, opacity. */
  show(state: State): void {
    this.visible = state.visible;
    this.see();
    this.ready(() => {
      const m = this.map;
      // What the open tab is about lies on top.
      const planned = state.tab === 'budget';
      for (const l of ['plan', 'plan-ranks']) m.moveLayer(l, planned ? 'sides' : 'marks');
      m.setPaintProperty('hexes', 'fill-opacity', state.opacity);
      m.setPaintProperty('hexes', 'fill-color', state.colour === 'level' ? byLevel() : byClass(classColour));
      if (m.getLayer('pictures')) m.setPaintProperty('pictures', 'raster-opacity', state.opacity);
      const {layer, colour} = this.drawn;
      this.drawn = {layer: state.layer, colour: state.colour};
      const retile = (source: string, spec: {tiles?: string[]} | undefined): void => {
        if (spec?.tiles) (m.getSource(source) as unknown as {setTiles(tiles: string[]): void}).setTiles(spec.tiles);
      };
      if (state.layer !== layer) retile('hexes', this.data.hexes(state.layer) as {tiles?: string[]});
      if (state.layer !== layer || state.colour !== colour) retile('pictures', this.data.pictures?.(state.layer, state.colour));
    });
  }

  // Things lie in the order of their source: a sort key would draw each in a call of its own, which
  // costs more than all else of them.

  /** Shows villages: the mark with most people without service above others, and its name before theirs. */
  marks(villages: Village[]): void {
    const features = villages.toSorted((a, b) => (a.people_unserved ?? 0) - (b.people_unserved ?? 0)).map((v): Feature => ({
      type: 'Feature', geometry: {type: 'Point', coordinates: [v.centre_lon, v.centre_lat]},
      properties: {village_id: v.village_id, name: v.name ?? '', class: v.class, certainty: v.certainty},
    }));
    this.setData('marks', {type: 'FeatureCollection', features});
    this.setData('mark-names', {type: 'FeatureCollection', features: features.toReversed()});
  }

  /** Shows actions, those built filled; of rank 0 are those that the plan does not have. */
  plan(rows: PlanRow[], built: Set<PlanRow>): void {
    this.setData('plan', {
      type: 'FeatureCollection',
      features: rows.toSorted((a, b) => b.rank - a.rank).map((r) => ({type: 'Feature', geometry: {type: 'Point', coordinates: [r.longitude, r.latitude]}, properties: {rank: r.rank, built: built.has(r)}})),
    });
  }

  difference(hexes: FeatureCollection | null): void {
    this.setData('diff', hexes ?? nothing);
  }

  asked(at: LonLat | null): void {
    this.setData('asked', at ? {type: 'FeatureCollection', features: [{type: 'Feature', geometry: {type: 'Point', coordinates: at}, properties: {}}]} : nothing);
  }

  path(line: LonLat[] | null): void {
    this.setData('path', line ? {type: 'FeatureCollection', features: [{type: 'Feature', geometry: {type: 'LineString', coordinates: line}, properties: {}}]} : nothing);
  }

  /** Shows where on the map a profile's cursor stands. */
  pointAt(at: LonLat | null): void {
    if (!at) {
      this.cursor?.remove();
      this.cursor = null;
      return;
    }
    if (!this.cursor) {
      const e = document.createElement('div');
      e.className = 'profile-cursor';
      this.cursor = new Marker({element: e}).setLngLat(at).addTo(this.map);
    }
    this.cursor.setLngLat(at);
  }

  /** Shows a comparison: A left of a handle, B right of it. The handle is moved by pointer and by arrow keys. */
  swipe(sides: Sides | null, label: string): void {
    this.handle?.remove();
    this.handle = null;
    this.map.off('move', this.split);
    this.sides = sides;
    this.see();
    if (!sides) {
      this.setData('sides', nothing);
      return;
    }
    const handle = document.createElement('div');
    handle.className = 'swipe';
    handle.tabIndex = 0;
    handle.setAttribute('role', 'slider');
    handle.setAttribute('aria-label', label);
    const to = (share: number): void => {
      this.share = Math.min(Math.max(share, 0), 1);
      handle.style.left = `${this.share * 100}%`;
      handle.setAttribute('aria-valuenow', String(Math.round(this.share * 100)));
      this.split();
    };
    handle.addEventListener('keydown', (e) => {
      const step = {ArrowLeft: -0.02, ArrowRight: 0.02}[e.key];
      if (step === undefined) return;
      e.preventDefault();
      to(this.share + step);
    });
    handle.addEventListener('pointerdown', (e) => {
      handle.setPointerCapture(e.pointerId);
      handle.onpointermove = (m) => {
        const box = this.map.getContainer().getBoundingClientRect();
        to((m.clientX - box.left) / box.width);
      };
    });
    handle.addEventListener('pointerup', () => (handle.onpointermove = null));
    this.map.getContainer().append(handle);
    this.handle = handle;
    this.map.on('move', this.split);
    to(this.share);
  }

  private readonly split = (): void => {
    if (!this.sides) return;
    const x = this.share * this.map.getContainer().clientWidth;
    const left = (p: {at: LonLat}): boolean => this.map.project(p.at).x < x;
    this.setData('sides', {
      type: 'FeatureCollection',
      features: [...this.sides.a.filter(left), ...this.sides.b.filter((p) => !left(p))].map((p) => ({type: 'Feature', geometry: {type: 'Point', coordinates: p.at}, properties: {colour: p.colour}})),
    });
  };

  /** Brings a place into the part of the map that no panel covers. */
  fly(at: LonLat, zoom: number): void {
    const options = {center: at, zoom: Math.max(this.map.getZoom(), zoom)};
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) this.map.jumpTo(options);
    else this.map.easeTo({...options, duration: 450});
  }

  whole(run: Run): void {
    this.map.fitBounds(run.bounds, {padding: 20, duration: 0});
  }

  centre(): LonLat {
    const c = this.map.getCenter();
    return [c.lng, c.lat];
  }
}
