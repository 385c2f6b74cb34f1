// The page of covgap serve.

import {setWorkerUrl} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import {ApiSource} from './api';
import {start} from './page';

setWorkerUrl(workerUrl);
void start(document.getElementById('app')!, new ApiSource());
