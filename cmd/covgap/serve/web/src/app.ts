// What all parts of the page share.

import type {CoverageMap} from './map';
import type {Source} from './source';
import type {Asked, Store} from './state';
import type {FrontierPoint, LonLat, Plan, Run, Village} from './types';

export interface App {
  readonly source: Source;
  readonly store: Store;
  readonly run: Run;
  readonly villages: Village[];
  readonly village: Map<string, Village>;
  readonly runPlan: Plan | null;
  readonly frontier: FrontierPoint[];
  readonly map: CoverageMap;
  /** Asks why of a village, a site, a hex or a point; null closes the answer. */
  ask(asked: Asked | null, fly?: boolean): void;
  /** Says something to who does not see the change. */
  say(text: string): void;
  /** Opens a site in the what-if tab. */
  changeSite(id: string): void;
  /** Puts a mast for the what-if. */
  putMast(at: LonLat): void;
}

/** A part of the page, in an element of its own. */
export interface Part {
  readonly element: HTMLElement;
}

export const isGap = (v: Village): boolean => v.class === 'weak' || v.class === 'none';
export const isDeclaredGap = (v: Village): boolean => v.declared_status === 'weak' || v.declared_status === 'none';
