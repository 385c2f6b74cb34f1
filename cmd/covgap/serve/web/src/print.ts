// Printing. A WebGL canvas prints blank, so what it shows is copied to a picture first.

import type {Map as MapLibre} from 'maplibre-gl';
import {h} from './dom';
import type {Run} from './types';

/** Prints the map with its legend, and the panel that is open. */
export function printPage(map: MapLibre, run: Run): void {
  void map.once('render', () => {
    const picture = h('img', {class: 'print-map', src: map.getCanvas().toDataURL('image/png'), alt: run.project});
    map.getContainer().append(picture);
    addEventListener('afterprint', () => picture.remove(), {once: true});
    void picture.decode().then(() => print());
  });
  map.triggerRepaint();
}
