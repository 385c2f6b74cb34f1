// Where the page takes its data from. The server answers everything; a report has the
// data in itself and cannot compute.

import type {RasterSourceSpecification, SourceSpecification} from 'maplibre-gl';
import type {Colour} from './state';
import type {Action, Class, Explained, FrontierPoint, LonLat, Plan, Profile, Run, Village, WhatIf} from './types';

/** What the map draws from. Layers of tiles name a layer in them, GeoJSON does not. */
export interface MapData {
  /** The source of the hexes by the criterion, or of one layer of signal. */
  hexes(layer: string): SourceSpecification;
  /** The same painted, for zooms at which there are too many to draw; null where there are few. */
  pictures: ((layer: string, colour: Colour) => RasterSourceSpecification) | null;
  /** Communes, villages, sites and wedges; by layer where they are not tiles. */
  features: SourceSpecification | Record<string, SourceSpecification>;
  /** Shaded already. */
  relief: SourceSpecification | null;
  tiled: boolean;
}

export type Question = {village: string} | {hex: string} | {site: string} | {at: LonLat};

/** A limit on a plan. */
export interface Limit {
  goal: 'budget' | 'count';
  limit: number;
  must: string[];
  must_not: string[];
}

/** The totals of a plan; null where it has actions of which it does not say what they do and cost. */
export interface PlanTotals {
  actions: number;
  unappraised: number;
  currency: string;
  cost: number | null;
  lifetime_cost: number | null;
  gap?: number;
  targets: number;
  villages: number | null;
  people_new: number | null;
}

/** The difference of two plans: covgap compare of two plan.yaml. */
export interface PlanComparison {
  before: PlanTotals;
  after: PlanTotals;
  actions: {fate: 'same' | 'altered' | 'moved' | 'added' | 'dropped'; before?: Action; after?: Action; distance_m?: number; fields?: string[]}[];
  villages_gained: string[] | null;
  villages_lost: string[] | null;
  differs: string[] | null;
}

/** One side of two runs. */
export interface RunSide {
  project: string;
  network_date?: string;
  sites: number;
  villages: {villages: number; served: number; weak: number; none: number; gaps: number; gaps_without_grid: number; people_unserved: number};
}

/** The difference of two runs: covgap compare of two folders, with its villages. */
export interface RunComparison {
  before: RunSide;
  after: RunSide;
  gaps_before: Record<string, number>;
  gaps_after: Record<string, number>;
  /** Those that are a gap in either. */
  villages?: {village_id: string; name: string; commune: string; longitude: number; latitude: number; change: string; class_before: Class | ''; class_after: Class | ''}[];
}

export type Comparison = PlanComparison | RunComparison;

export interface Source {
  run(): Promise<Run>;
  villages(): Promise<Village[]>;
  /** Null where the run made no plan. */
  plan(): Promise<Plan | null>;
  frontier(): Promise<FrontierPoint[]>;
  map(run: Run): MapData;
  explain(q: Question): Promise<Explained>;
  profile(from: string, to: string): Promise<Profile>;
  /** What only a server can do; null in a report. */
  live: Live | null;
}

/** What was written of a plan. */
export interface Saved {
  file: string;
  /** Why the file does not say what the plan does and costs. */
  unappraised?: string;
}

/** The place near a point from which most is gained. */
export interface Snapped {
  longitude: number;
  latitude: number;
  ground_m: number;
  distance_m: number;
  people: number;
  people_here: number;
}

/** A hex of the map. */
export interface Hex {
  hex_id: string;
  class: Class;
  signal_dbm: number | null;
}

/** What became of the results in the folder since the server opened them. */
export interface Folder {
  version: string;
  results: 'unchanged' | 'unfinished' | 'replaced';
}

export interface Live {
  folder(): Promise<Folder>;
  /** The hex at a place, by the criterion or in one layer of signal; null where none was computed. */
  hex(at: LonLat, layer: string): Promise<Hex | null>;
  whatIf(actions: Action[], signal: AbortSignal): Promise<WhatIf>;
  snap(at: LonLat, radiusM: number, template: string): Promise<Snapped>;
  solve(limit: Limit, signal: AbortSignal): Promise<Plan>;
  /** Null where a plan of that name is there, and replacing it was not asked for. */
  save(name: string, actions: Action[], replace: boolean): Promise<Saved | null>;
  /** The files of plans that were saved. */
  saved(): Promise<string[]>;
  compare(a: string, b: string): Promise<Comparison>;
}
