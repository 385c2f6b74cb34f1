// Printing, by the button and by the browser alike.

import type {Map as MapLibre} from 'maplibre-gl';
import {h} from './dom';

/** Has the page printed whole: all rows, and the map, whose own canvas prints blank, as a picture of what it shows. */
export function printing(map: MapLibre, before: () => void, after: () => void, signal: AbortSignal): void {
  let picture: HTMLCanvasElement | null = null;
  const begin = (): void => {
    before();
    const of = map.getCanvas();
    picture?.remove();
    picture = h('canvas', {class: 'print-map', width: of.width, height: of.height});
    map.redraw(); // its pixels are there until the browser draws next
    picture.getContext('2d')?.drawImage(of, 0, 0);
    map.getContainer().append(picture);
  };
  const end = (): void => {
    picture?.remove();
    picture = null;
    after();
  };
  addEventListener('beforeprint', begin, {signal});
  addEventListener('afterprint', end, {signal});
}
